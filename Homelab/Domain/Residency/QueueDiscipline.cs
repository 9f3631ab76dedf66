using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Who of the waiting is served next: requests for one model in rotation between principals, in order of arrival for each.
/// Collation follows from it: what is hot serves all that wait for it before its room is taken, within the maximum hold.</summary>
internal static class QueueDiscipline
{
    /// <summary>Takes a request into the queue, or refuses it.</summary>
    public static void Enter(ResidencyTurn turn, Waiter waiter)
    {
        var snapshot = turn.Snapshot;
        if (snapshot.Draining)
        {
            turn.Add(new ResidencyEffect.Refuse(waiter.Id, Refusals.Draining(turn.Snapshot.Policy.Node)));
            return;
        }

        if (snapshot.Waiters.Count >= snapshot.Policy.MaximumWaiting && !IsServedAtOnce(turn, waiter))
        {
            turn.Add(new ResidencyEffect.Refuse(waiter.Id, Refusals.QueueFull(turn.Snapshot.Policy.Node, snapshot.Waiters.Count, ExpectedWait(turn, waiter.Model))));
            return;
        }

        turn.Snapshot = snapshot with { Waiters = snapshot.Waiters.Add(waiter) };
        if (turn.Find(waiter.Model) is { } record)
        {
            // An operator has seen why it failed and knows better.
            turn.Put(record with { KeptOut = false, Failure = waiter.IsOperator && record.Name.IsApp ? null : record.Failure });
        }
    }

    /// <summary>Forgets a request whose client is gone.</summary>
    public static void Leave(ResidencyTurn turn, long waiterId) =>
        turn.Snapshot = turn.Snapshot with { Waiters = turn.Snapshot.Waiters.RemoveAll(w => w.Id == waiterId) };

    /// <summary>Refuses those whose time is over.</summary>
    public static void Expire(ResidencyTurn turn)
    {
        foreach (var waiter in turn.Snapshot.Waiters.FindAll(w => w.Deadline <= turn.Now))
        {
            turn.Refuse(waiter, Overdue(turn, waiter));
        }
    }

    /// <summary>Grants what hot replicas can take.</summary>
    public static void Serve(ResidencyTurn turn)
    {
        foreach (var model in turn.Snapshot.Waiters.Select(w => w.Model).Distinct().ToArray())
        {
            if (IsServing(turn, turn.Find(model)))
            {
                ServeOperators(turn, model);
                ServeRequests(turn, model);
            }
        }
    }

    /// <summary>Sets every gate as the queue demands: only the scheduler grants while somebody waits, so that no newcomer passes.</summary>
    public static void SetGates(ResidencyTurn turn)
    {
        foreach (var record in turn.Snapshot.Models.Values)
        {
            var waiting = turn.Snapshot.Waiters.Exists(w => w.Model == record.Name && !w.IsOperator);
            if (IsServing(turn, record))
            {
                turn.SetGate(record.Name, waiting ? GateState.Queueing : GateState.Open);
            }

            if (!waiting && !record.Turns.IsEmpty)
            {
                turn.Put(turn.Find(record.Name)! with { Turns = ModelRecord.NoTurns });
            }
        }
    }

    /// <summary>How long a request for the model would wait, as far as that can be said.</summary>
    public static TimeSpan ExpectedWait(ResidencyTurn turn, ModelName model) =>
        turn.Find(model) is { Installed: not null, Replica: null } record ? LoadTerms.Of(turn.Snapshot, record).Expected : TimeSpan.Zero;

    private static bool IsServing(ResidencyTurn turn, ModelRecord? record) =>
        record is { Replica: { Leaving: null } replica, State: ModelState.Hot or ModelState.Leased } && !(record.Name.IsApp && record.Installed is null) && EngineReconciliation.IsUsable(turn.Policy, record.Name, replica);

    private static bool IsServedAtOnce(ResidencyTurn turn, Waiter waiter) =>
        turn.Find(waiter.Model) is { } record && IsServing(turn, record)
        && (waiter.IsOperator || (record.Replica!.Gate == GateState.Open && record.Replica.Leases < turn.Policy.For(waiter.Model).Parallel));

    private static void ServeOperators(ResidencyTurn turn, ModelName model)
    {
        foreach (var waiter in turn.Snapshot.Waiters.FindAll(w => w.Model == model && w.IsOperator))
        {
            Take(turn, waiter);
        }
    }

    private static void ServeRequests(ResidencyTurn turn, ModelName model)
    {
        var waiting = turn.Snapshot.Waiters.FindAll(w => w.Model == model);
        var free = turn.Policy.For(model).Parallel - turn.Find(model)!.Replica!.Leases;
        for (; free > 0 && !waiting.IsEmpty; free--)
        {
            var record = turn.Find(model)!;
            var next = waiting.MinBy(w => (record.Turns.GetValueOrDefault(w.Principal), w.Id))!;
            var last = record.Turns.IsEmpty ? 0 : record.Turns.Values.Max();
            waiting = waiting.Remove(next);
            turn.Put(record with
            {
                Turns = record.Turns.SetItem(next.Principal, last + 1),
                Replica = UseTracking.Used(record.Replica!, turn.Now, 1) with { Leases = record.Replica!.Leases + 1, Served = record.Replica.Served + 1, UsedHere = true, LastUsed = turn.Now },
            });
            Take(turn, next);
            if (record.State == ModelState.Hot)
            {
                turn.Move(model, ModelTrigger.FirstLeaseTaken, "a request uses it");
            }
        }
    }

    private static void Take(ResidencyTurn turn, Waiter waiter)
    {
        turn.Snapshot = turn.Snapshot with { Waiters = turn.Snapshot.Waiters.Remove(waiter) };
        turn.Add(new ResidencyEffect.Grant(waiter.Id, waiter.Model));
    }

    private static Refusal Overdue(ResidencyTurn turn, Waiter waiter)
    {
        if (turn.Find(waiter.Model)?.Load is { SentAt: { } sent } && turn.Now - sent >= turn.Policy.LoadTimeout)
        {
            return Refusals.LoadTimeout(turn.Snapshot.Policy.Node, waiter.Model, turn.Now - sent);
        }

        var why = ResidencyPlanner.Decide(turn.Snapshot, waiter.Model, turn.Now) switch
        {
            ResidencyDecision.AlreadyHot => "all its places are taken",
            ResidencyDecision.AlreadyLoading => $"it is still being {Phrases.Loaded(waiter.Model)}",
            ResidencyDecision.Wait wait => wait.Why,
            ResidencyDecision.Unknown when waiter.Model.IsApp => "its files are still being fetched; that goes on",
            ResidencyDecision.Unknown => "its metadata is still being read",
            _ => "there was no room",
        };
        return Refusals.CapacityTimeout(turn.Snapshot.Policy.Node, waiter.Model, turn.Now - waiter.Since, why, ExpectedWait(turn, waiter.Model));
    }
}
