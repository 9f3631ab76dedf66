namespace Homelab.Roles.Daemon;

/// <summary>One model of the cluster, seen from this machine.</summary>
/// <param name="Name">Canonical name.</param>
/// <param name="State">The cluster's word for it.</param>
/// <param name="SizeBytes">On disk.</param>
/// <param name="IsElsewhere">Whether another machine has it.</param>
/// <param name="IsHotElsewhere">Whether another machine has it in memory.</param>
/// <param name="Simulated">Whether its answers are made up.</param>
internal sealed record ClusterModel(string Name, string State, long SizeBytes, bool IsElsewhere, bool IsHotElsewhere, bool Simulated)
{
    /// <summary>The name that clients are shown.</summary>
    public string ListedAs { get; init; } = Name;

    /// <summary>Whether an app serves it.</summary>
    public bool IsApp { get; init; }

    /// <summary>Bytes that it holds where it is in memory elsewhere; 0 where it is not.</summary>
    public long HotBytes { get; init; }

    /// <summary>Tokens of context that it is loaded with; null where not known.</summary>
    public int? Context { get; init; }
}
