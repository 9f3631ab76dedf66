using Homelab.Contracts;

namespace Homelab.Roles.Daemon.Link;

/// <summary>What a heartbeat says beside the machine's state, which is the same for every hub.</summary>
/// <param name="Sequence">Of this heartbeat.</param>
/// <param name="Hold">How long the hub may hold its answer.</param>
/// <param name="EpochSeen">The hub's highest epoch that is known.</param>
/// <param name="AccessKey">By which this hub may call this machine.</param>
/// <param name="WithInventory">Whether the hub asked for the list of models.</param>
/// <param name="Results">What became of the hub's commands.</param>
internal sealed record BeatTerms(long Sequence, TimeSpan Hold, long EpochSeen, string AccessKey, bool WithInventory, IReadOnlyList<CommandResultWire> Results);
