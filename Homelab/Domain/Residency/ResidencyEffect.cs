using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Something the scheduler wants done; its only output besides the snapshot. Closed set.</summary>
internal abstract record ResidencyEffect
{
    private ResidencyEffect()
    {
    }

    /// <summary>Give the waiter a lease on the replica (or tell an operator that it is hot).</summary>
    public sealed record Grant(long WaiterId, ModelName Model) : ResidencyEffect;

    /// <summary>Tell the waiter why it is not served.</summary>
    public sealed record Refuse(long WaiterId, Refusal Refusal) : ResidencyEffect;

    /// <summary>Set the gate. <see cref="GateState.Closed"/> lets running requests end; the last one raises <see cref="ResidencyEvent.LeaseReturned"/>.</summary>
    public sealed record SetGate(ModelName Model, GateState Gate, int Capacity) : ResidencyEffect;

    /// <summary>Close the gate if no lease is held; answered at once by <see cref="ResidencyEvent.GateClosed"/> or <see cref="ResidencyEvent.GateBusy"/>.</summary>
    public sealed record CloseIdleGate(ModelName Model) : ResidencyEffect;

    /// <summary>Load; answered by <see cref="ResidencyEvent.LoadSucceeded"/> or <see cref="ResidencyEvent.LoadFailed"/>.</summary>
    public sealed record StartLoad(ModelName Model, long LoadId, LoadSettings Settings, ImmutableArray<DeviceAllocation> Allocation, bool IsEmbedder) : ResidencyEffect;

    /// <summary>Give up a load; answered by <see cref="ResidencyEvent.LoadFailed"/> of kind <see cref="LoadFailure.Cancelled"/>, or by its success.</summary>
    public sealed record CancelLoad(ModelName Model, long LoadId) : ResidencyEffect;

    /// <summary>Unload and wait until the memory is back; answered by <see cref="ResidencyEvent.Unloaded"/> or <see cref="ResidencyEvent.UnloadFailed"/>.</summary>
    public sealed record StartUnload(ModelName Model, ImmutableArray<DeviceAllocation> Allocation) : ResidencyEffect;

    /// <summary>Read the model's metadata; answered by <see cref="ResidencyEvent.ModelInspected"/>.</summary>
    public sealed record Inspect(ModelName Model) : ResidencyEffect;

    /// <summary>Keep this correction in the state folder.</summary>
    public sealed record SaveCorrections(EstimateCorrections Corrections) : ResidencyEffect;

    /// <summary>Tell the world.</summary>
    public sealed record Announce(Announcement Announcement) : ResidencyEffect;
}
