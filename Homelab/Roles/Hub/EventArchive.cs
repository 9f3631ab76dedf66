using System.Text.Json;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Persistence.Cluster;

namespace Homelab.Roles.Hub;

/// <summary>The hub's events in its store.</summary>
internal sealed class EventArchive(IClusterStore store) : IEventArchive
{
    public long LastId => store.LastEventId;

    public void Keep(EventWire wire) => store.Append([new StoredEvent(wire.Id, wire.At, JsonSerializer.Serialize(wire, ContractsJson.Default.EventWire))]);

    public IReadOnlyList<EventWire> Since(long id, int limit) =>
        [.. store.EventsSince(id, limit).Select(e => JsonSerializer.Deserialize(e.Json, ContractsJson.Default.EventWire)).OfType<EventWire>()];
}
