using Homelab.Domain.Placement;

namespace Homelab.Domain.Cluster;

/// <summary>The hub's rules, from its configuration. Immutable.</summary>
internal sealed record ClusterPolicy
{
    /// <summary>A node silent for that long gets nothing new.</summary>
    public TimeSpan SuspectAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A node silent for that long is given up.</summary>
    public TimeSpan LostAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time between two heartbeats that nodes are asked for.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests that may wait at the hub at once.</summary>
    public int MaximumWaiting { get; init; } = 512;

    /// <summary>How long a load may take.</summary>
    public TimeSpan LoadTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>After its own start, how long the hub gives known nodes before any is lost.</summary>
    public TimeSpan StartGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Nodes that a request tries to be loaded on before it is refused.</summary>
    public int MaximumAttempts { get; init; } = 3;

    /// <summary>Pause before a pinned model whose load failed is tried again.</summary>
    public TimeSpan PinBackoff { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long silence of most nodes is taken for the hub's own isolation; after that they are taken for dead.</summary>
    public TimeSpan CutOffPatience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Figures and rules of placement.</summary>
    public PlacementPolicy Placement { get; init; } = new();
}
