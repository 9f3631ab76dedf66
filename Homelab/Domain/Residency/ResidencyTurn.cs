using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>One application of one event: the snapshot as it changes, and the effects collected on the way. Lives on the stack of
/// <see cref="ResidencyReducer.Apply"/> and is never seen outside, so that the reducer as a whole stays a pure function.</summary>
internal sealed class ResidencyTurn(ResidencySnapshot snapshot, TimeSpan now, ImmutableArray<LeaseReading> leases)
{
    private readonly ImmutableArray<ResidencyEffect>.Builder _effects = ImmutableArray.CreateBuilder<ResidencyEffect>();

    public ResidencySnapshot Snapshot { get; set; } = snapshot;

    public TimeSpan Now { get; } = now;

    /// <summary>The shell's counters as they were read just before.</summary>
    public ImmutableArray<LeaseReading> Leases { get; } = leases;

    public ResidencyPolicy Policy => Snapshot.Policy;

    public ModelRecord? Find(ModelName model) => Snapshot.Models.GetValueOrDefault(model);

    public void Put(ModelRecord record) => Snapshot = Snapshot with { Models = Snapshot.Models.SetItem(record.Name, record) };

    public void Remove(ModelName model) => Snapshot = Snapshot with { Models = Snapshot.Models.Remove(model) };

    /// <summary>Changes the replica of a model that has one.</summary>
    public void Change(ModelName model, Func<ReplicaRecord, ReplicaRecord> change)
    {
        if (Find(model) is { Replica: { } replica } record)
        {
            Put(record with { Replica = change(replica) });
        }
    }

    /// <summary>Changes the load of a model that has one.</summary>
    public void Change(ModelName model, Func<LoadRecord, LoadRecord> change)
    {
        if (Find(model) is { Load: { } load } record)
        {
            Put(record with { Load = change(load) });
        }
    }

    public void Add(ResidencyEffect effect) => _effects.Add(effect);

    public void Announce(string type, ModelName? model, string message, params ReadOnlySpan<(string Name, string Value)> data) =>
        Add(new ResidencyEffect.Announce(Announcement.Of(model is { IsApp: true } ? AnnouncementTypes.OfApp(type) : type, model, message, data)));

    public void Refuse(Waiter waiter, Refusal refusal)
    {
        Snapshot = Snapshot with { Waiters = Snapshot.Waiters.Remove(waiter) };
        Add(new ResidencyEffect.Refuse(waiter.Id, refusal));
    }

    public void RefuseAll(ModelName model, Refusal refusal)
    {
        foreach (var waiter in Snapshot.Waiters.FindAll(w => w.Model == model))
        {
            Refuse(waiter, refusal);
        }
    }

    /// <summary>Sets a replica's gate, here and at the shell, if it stands otherwise.</summary>
    public void SetGate(ModelName model, GateState gate)
    {
        if (Find(model)?.Replica is { } replica && replica.Gate != gate)
        {
            Change(model, (ReplicaRecord r) => r with { Gate = gate });
            Add(new ResidencyEffect.SetGate(model, gate, Policy.For(model).Parallel));
        }
    }

    /// <summary>Moves a model by the lifecycle table and announces it. A move that the table does not know is announced as a bug and not made.</summary>
    public bool Move(ModelName model, ModelTrigger trigger, string why)
    {
        if (Find(model) is not { } record)
        {
            return false;
        }

        if (!ModelLifecycle.Transitions.TryGetValue((record.State, trigger), out var next))
        {
            Announce(AnnouncementTypes.IllegalTransition, model, $"{model} cannot take {trigger} while {record.State}; this is a bug and was ignored", ("from", Label(model, record.State)), ("trigger", trigger.ToString()));
            return false;
        }

        if (next != record.State)
        {
            Put(record with { State = next });
            Announce(AnnouncementTypes.ModelState, model, $"{model} went from {Label(model, record.State)} to {Label(model, next)}: {why}", ("from", Label(model, record.State)), ("to", Label(model, next)));
        }

        return true;
    }

    public ResidencyStep End() => new(Snapshot, _effects.ToImmutable());

    private static string Label(ModelName model, ModelState state) => state switch
    {
        ModelState.OnDisk when model.IsApp => "stopped",
        ModelState.Loading when model.IsApp => "starting",
        ModelState.Hot when model.IsApp => "running",
        ModelState.Leased when model.IsApp => "in_use",
        ModelState.Unloading when model.IsApp => "stopping",
        ModelState.Absent => "absent",
        ModelState.Pulling => "pulling",
        ModelState.OnDisk => "on_disk",
        ModelState.Loading => "loading",
        ModelState.Hot => "hot",
        ModelState.Leased => "leased",
        ModelState.Unloading => "unloading",
        ModelState.Failed => "failed",
        _ => "unknown",
    };
}
