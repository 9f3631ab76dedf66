using System.Text.Json;

namespace Homelab.Roles.Mcp.Resources;

/// <summary><c>homelab://events</c></summary>
internal sealed class EventsResource(ClusterAccess cluster, RecentEvents events)
    : ClusterResource(cluster, "homelab://events", "events", "Recent events of the cluster", "The last hundred events, oldest first: loads, evictions, failures with the engine's own words, machines that came and went")
{
    protected override async Task<string> ReadTextAsync(CancellationToken cancellation) =>
        JsonSerializer.Serialize(await events.ReadAsync(cancellation).ConfigureAwait(false), McpJson.Default.IReadOnlyListEventWire);
}
