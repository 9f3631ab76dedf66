using Homelab.Domain.Models;

namespace Homelab.Tests.Simulation;

/// <summary>A model in a simulated node's memory.</summary>
internal sealed class SimulatedReplica(NodeModelSize size, TimeSpan readyAt)
{
    public NodeModelSize Size { get; } = size;

    public TimeSpan ReadyAt { get; } = readyAt;

    public bool Hot { get; set; }

    public TimeSpan LastUsed { get; set; } = readyAt;

    public int Served { get; set; }

    public HashSet<long> Leases { get; } = [];

    public ModelState State => !Hot ? ModelState.Loading : Leases.Count > 0 ? ModelState.Leased : ModelState.Hot;
}
