namespace Homelab.Persistence.Cluster;

/// <summary>Something that happened in the cluster.</summary>
/// <param name="Id">Grows with each event, also over restarts.</param>
/// <param name="At">Kept to the millisecond.</param>
/// <param name="Json">The event itself; its form belongs to who appends it.</param>
internal sealed record StoredEvent(long Id, DateTimeOffset At, string Json);
