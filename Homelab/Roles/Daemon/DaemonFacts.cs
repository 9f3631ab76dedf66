namespace Homelab.Roles.Daemon;

/// <summary>What the control API says of this daemon beside its snapshot.</summary>
/// <param name="NodeId">Made at the first start and kept in the state folder.</param>
/// <param name="Address">Where others reach it.</param>
/// <param name="Labels">From the configuration.</param>
/// <param name="Warnings">What the user should know, e.g. that answers are simulated.</param>
/// <param name="EngineIsManaged">Whether the engine is a child of this daemon.</param>
internal sealed record DaemonFacts(string NodeId, string Address, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<string> Warnings, Func<bool> EngineIsManaged);
