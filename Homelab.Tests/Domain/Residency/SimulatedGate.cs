using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>The shell's gate of one replica, without the atomics.</summary>
internal sealed class SimulatedGate
{
    public GateState State { get; set; } = GateState.Closed;

    public int Capacity { get; set; } = 1;

    public int Leases { get; set; }

    public long Served { get; set; }

    public TimeSpan LastUsed { get; set; }
}
