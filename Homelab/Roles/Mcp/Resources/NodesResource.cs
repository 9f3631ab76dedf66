using System.Text.Json;
using Homelab.Roles.Mcp.Tools;

namespace Homelab.Roles.Mcp.Resources;

/// <summary><c>homelab://nodes</c></summary>
internal sealed class NodesResource(ClusterAccess cluster)
    : ClusterResource(cluster, "homelab://nodes", "nodes", "Machines of the cluster", "The machines, their devices, and the models in their memory, as cluster_nodes answers")
{
    protected override async Task<string> ReadTextAsync(CancellationToken cancellation)
    {
        var nodes = await Cluster.Client.NodesAsync(cancellation).ConfigureAwait(false);
        return JsonSerializer.Serialize(new ClusterNodesAnswer([.. nodes.Take(ClusterNodesTool.Most)], nodes.Count > ClusterNodesTool.Most), McpJson.Default.ClusterNodesAnswer);
    }
}
