namespace Homelab.Contracts;

/// <summary>GET <c>/usage</c>: requests and tokens since a moment.</summary>
/// <param name="Since">From when it counts: what was asked, or the start of what is kept if that is later.</param>
/// <param name="Rows">One for each key, model and node that were used together.</param>
internal sealed record UsageWire(DateTimeOffset Since, IReadOnlyList<UsageRowWire> Rows);
