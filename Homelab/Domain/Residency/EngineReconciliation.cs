using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Compares what we believe with what the engine really has, which others load, use, unload and delete behind our back.</summary>
internal static class EngineReconciliation
{
    /// <summary>Observations in a row that must miss a leased replica before it is called lost: the engine shows a former state for a moment.</summary>
    private const int MissesWhileLeased = 2;

    /// <summary>Names without a model that stay listed after their download failed.</summary>
    private const int FailedPullsShown = 8;

    public static void OnObserved(ResidencyTurn turn, ResidencyEvent.EngineObserved observed)
    {
        if (!turn.Snapshot.EngineUp)
        {
            turn.Snapshot = turn.Snapshot with { EngineUp = true, EngineProblem = null };
            turn.Announce(AnnouncementTypes.EngineUp, null, $"the engine answers: {Phrases.Count(observed.Installed.Length, "model")} on disk, {observed.Loaded.Length} in memory");
        }

        if (observed.Defaults is { } defaults && defaults != turn.Snapshot.EngineDefaults)
        {
            // A context that was learnt stays while the engine itself does not name one.
            turn.Snapshot = turn.Snapshot with { EngineDefaults = defaults.Context > 0 ? defaults : turn.Snapshot.EngineDefaults with { Sequences = defaults.Sequences } };
        }

        turn.Snapshot = turn.Snapshot with { EngineLimits = observed.Limits ?? turn.Snapshot.EngineLimits, EngineVersion = observed.Version };
        foreach (var installed in observed.Installed)
        {
            Installed(turn, installed);
        }

        GpuUse.OnObserved(turn, observed.Loaded);
        var listed = observed.Installed.Select(i => i.Name).ToHashSet();
        foreach (var record in turn.Snapshot.Models.Values.Where(m => m.Installed is { App: null } && !listed.Contains(m.Name) && !IsStale(m, observed)))
        {
            Deleted(turn, record);
        }

        foreach (var loaded in Merge(observed.Loaded))
        {
            Loaded(turn, loaded, observed);
        }

        var held = observed.Loaded.Select(l => l.Name).ToHashSet();
        foreach (var record in turn.Snapshot.Models.Values.Where(m => !m.Name.IsApp && m is { Replica: not null, State: ModelState.Hot or ModelState.Leased } && !held.Contains(m.Name) && !IsStale(m, observed)))
        {
            Missing(turn, record);
        }
    }

    public static void OnLost(ResidencyTurn turn, string problem)
    {
        if (turn.Snapshot.EngineUp)
        {
            turn.Announce(AnnouncementTypes.EngineDown, null, $"the engine does not answer: {problem}", ("problem", problem));
        }

        turn.Snapshot = turn.Snapshot with { EngineUp = false, EngineProblem = problem };
        foreach (var record in turn.Snapshot.Models.Values.Where(m => m.Load is { SentAt: null } && !m.Name.IsApp))
        {
            LoadPlanning.Drop(turn, record.Name);
        }
    }

    public static void OnPullChanged(ResidencyTurn turn, ModelName model, ModelTrigger trigger)
    {
        if (turn.Find(model) is null)
        {
            turn.Put(new ModelRecord(model, ModelState.Absent));
        }

        turn.Move(model, trigger, trigger switch
        {
            ModelTrigger.PullStarted => "a download began",
            ModelTrigger.PullFailed => "its download failed",
            ModelTrigger.Deleted => "it was deleted",
            _ => "its download is done",
        });
        if (trigger != ModelTrigger.PullStarted)
        {
            turn.Put(turn.Find(model)! with { ChangedAt = turn.Now });
        }

        if (trigger == ModelTrigger.Deleted)
        {
            turn.Put(turn.Find(model)! with { Installed = null });
            DropIfDeleted(turn, model);
        }

        ForgetFailedPulls(turn);
    }

    /// <summary>Whoever asked for it, the scheduler or an operator who wants an explanation: what is known is known.</summary>
    public static void OnInspected(ResidencyTurn turn, ResidencyEvent.ModelInspected inspected)
    {
        if (turn.Find(inspected.Model) is { Facts: null, Installed: { } installed } record && installed.Digest == inspected.Digest)
        {
            turn.Put(record with { Inspecting = false, Facts = inspected.Facts, InspectionFailed = inspected.Facts is null });
        }
    }

    /// <summary>Whether our requests can use a replica as it is. One that somebody loaded with another context than ours would be reloaded by
    /// the engine on our first request, without asking who has to go for it; so would one whose model was replaced on disk, or, under a name
    /// that we derived, it would answer as the old one for as long as it is used.</summary>
    public static bool IsUsable(ResidencyPolicy policy, ModelName model, ReplicaRecord replica) =>
        !replica.IsOutdated && IsLoadedAsConfigured(policy, model, replica);

    /// <summary>Whether it has the context that the configuration wants.</summary>
    public static bool IsLoadedAsConfigured(ResidencyPolicy policy, ModelName model, ReplicaRecord replica) =>
        !replica.Foreign || replica.Settings.Context == 0 || policy.For(model).Context == 0 || replica.Settings.Context == policy.For(model).Context;

    /// <summary>Drops the record of a model that is neither on disk nor in memory, and tells those who wait for it.</summary>
    public static void DropIfDeleted(ResidencyTurn turn, ModelName model)
    {
        if (turn.Find(model) is { Installed: null, Replica: null, Load: null, State: ModelState.OnDisk or ModelState.Failed or ModelState.Absent })
        {
            turn.Move(model, ModelTrigger.Deleted, "the engine lists it no longer");
            turn.RefuseAll(model, Refusals.NotInstalled(turn.Snapshot.Policy.Node, model, pulling: false));
            turn.Remove(model);
        }
    }

    /// <summary>Any client may name models that nobody has, where models are pulled on demand: only the latest such names are shown as failed.</summary>
    private static void ForgetFailedPulls(ResidencyTurn turn)
    {
        var failed = turn.Snapshot.Models.Values.Where(m => m is { State: ModelState.Failed, Installed: null, Replica: null, Load: null }).ToList();
        foreach (var record in failed.OrderByDescending(m => m.ChangedAt).ThenBy(m => m.Name).Skip(FailedPullsShown))
        {
            DropIfDeleted(turn, record.Name);
        }
    }

    private static void Installed(ResidencyTurn turn, InstalledModel installed)
    {
        var record = turn.Find(installed.Name) ?? new ModelRecord(installed.Name, ModelState.Absent);
        if (record.Installed is { } before && before.Digest == installed.Digest)
        {
            if (!before.Capabilities.SequenceEqual(installed.Capabilities) || before.FileSize != installed.FileSize)
            {
                turn.Put(record with { Installed = installed });
            }

            return;
        }

        // Another digest is another model: what was known of the old one's needs is void.
        turn.Put(record with { Installed = installed, Facts = null, InspectionFailed = false, Inspecting = false, Failure = null });
        if (record.State is ModelState.Absent)
        {
            turn.Move(installed.Name, ModelTrigger.FoundOnDisk, "the engine lists it");
        }
    }

    private static void Deleted(ResidencyTurn turn, ModelRecord record)
    {
        turn.Put(record with { Installed = null });
        DropIfDeleted(turn, record.Name);
    }

    private static IEnumerable<LoadedModel> Merge(ImmutableArray<LoadedModel> loaded) =>
        loaded.GroupBy(l => l.Name).Select(g => g.Aggregate((a, b) =>
            a with { TotalBytes = a.TotalBytes + b.TotalBytes, GpuBytes = a.GpuBytes + b.GpuBytes, UsedByOthers = a.UsedByOthers || b.UsedByOthers, IsOutdated = a.IsOutdated || b.IsOutdated }));

    private static void Loaded(ResidencyTurn turn, LoadedModel loaded, ResidencyEvent.EngineObserved observed)
    {
        var record = turn.Find(loaded.Name) ?? new ModelRecord(loaded.Name, ModelState.Absent);
        if (IsStale(record, observed) || record.State is ModelState.Loading or ModelState.Unloading)
        {
            return;
        }

        if (record.Replica is { } replica)
        {
            var seen = loaded.UsedByOthers ? UseTracking.Used(replica, turn.Now, 1) with { LastUsed = turn.Now } : replica;
            turn.Put(record with { Replica = seen with { Missing = 0, IsOutdated = loaded.IsOutdated, Allocation = Placement.Measured(turn.Snapshot, replica.Allocation, loaded) } });
            if (loaded.IsOutdated && replica.Gate == GateState.Open)
            {
                turn.SetGate(loaded.Name, GateState.Queueing);
            }

            return;
        }

        Found(turn, record, loaded);
    }

    private static void Found(ResidencyTurn turn, ModelRecord record, LoadedModel loaded)
    {
        turn.Put(record);
        LoadPlanning.Drop(turn, loaded.Name);
        if (!turn.Move(loaded.Name, ModelTrigger.FoundLoaded, "the engine holds it"))
        {
            return;
        }

        record = turn.Find(loaded.Name)!;
        var terms = LoadTerms.Of(turn.Snapshot, record);
        var held = Placement.Measured(turn.Snapshot, [], loaded);
        turn.Put(record with
        {
            Replica = new ReplicaRecord(terms.Settings with { Context = loaded.Context }, held, turn.Now, terms.Expected, Foreign: true, turn.Now, 0, GateState.Closed) { RatedAt = turn.Now, IsOutdated = loaded.IsOutdated },
        });
        turn.Announce(AnnouncementTypes.ModelFound, loaded.Name, $"found {loaded.Name} ({loaded.TotalBytes}) in memory, loaded by somebody else", ("bytes", Phrases.Bytes(loaded.TotalBytes)), ("context", $"{loaded.Context}"));

        // The shell must know the gate before anything is granted on it; the pass over the gates opens it.
        UseTracking.Begin(turn, loaded.Name);
        turn.SetGate(loaded.Name, GateState.Queueing);
    }

    private static void Missing(ResidencyTurn turn, ModelRecord record)
    {
        var replica = record.Replica!;
        if (replica.Leases > 0 && replica.Missing + 1 < MissesWhileLeased)
        {
            turn.Change(record.Name, (ReplicaRecord r) => r with { Missing = r.Missing + 1 });
            return;
        }

        turn.SetGate(record.Name, GateState.Closed);
        turn.Move(record.Name, ModelTrigger.FoundUnloaded, "the engine holds it no longer");
        turn.Put(turn.Find(record.Name)! with { Replica = null });
        turn.Announce(
            AnnouncementTypes.ModelLost,
            record.Name,
            $"{record.Name} ({Phrases.Sum(replica.Allocation)}) is no longer in memory, and not by our order: it was unloaded by somebody else, or the engine restarted",
            ("bytes", Phrases.Bytes(Phrases.Sum(replica.Allocation))),
            ("leases", $"{replica.Leases}"));
        Evictions.Forget(turn, record.Name);
        DropIfDeleted(turn, record.Name);
    }

    private static bool IsStale(ModelRecord record, ResidencyEvent.EngineObserved observed) =>
        record.ChangedAt is { } changed && observed.AskedAt < changed;
}
