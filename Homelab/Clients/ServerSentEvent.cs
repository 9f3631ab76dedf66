namespace Homelab.Clients;

/// <summary>One event of a <c>text/event-stream</c>.</summary>
/// <param name="Id">Its <c>id</c>; null where it has none.</param>
/// <param name="Data">Its <c>data</c> lines; empty where it only carries a <paramref name="Retry"/>.</param>
/// <param name="Retry">The pause before a reconnection that the server asks for.</param>
internal sealed record ServerSentEvent(string? Id, string Data, TimeSpan? Retry);
