using Homelab.Contracts;
using ModelContextProtocol.Protocol;

namespace Homelab.Roles.Mcp.Tools;

/// <summary><c>cluster_nodes</c></summary>
internal sealed class ClusterNodesTool(ClusterAccess cluster) : ClusterTool(cluster, new ToolDescription(
    "cluster_nodes",
    "Machines of the cluster",
    "Lists the machines of the homelab cluster: whether each takes work, its GPUs and their free memory, and the models that are in its memory now. Use it to find where a model fits or what occupies a GPU.",
    Schemas.NoArguments,
    Schemas.Nodes))
{
    public const int Most = 500;
    private const int MostLines = 100;

    protected override async Task<CallToolResult> RunAsync(ToolCall call, CancellationToken cancellation)
    {
        var nodes = await Cluster.Client.NodesAsync(cancellation).ConfigureAwait(false);
        var answer = new ClusterNodesAnswer([.. nodes.Take(Most)], nodes.Count > Most);
        return ToolAnswer.Of(answer, McpJson.Default.ClusterNodesAnswer, nodes.Count == 0
            ? "No machine has joined the cluster yet. Tell the user: on the hub, homelab join-token says how."
            : Wording.Lines(nodes.Select(Line), nodes.Count, MostLines));
    }

    internal static string Line(NodeWire node)
    {
        var parts = new List<string> { $"{Wording.Name(node.Name)} ({node.State}{(node.State is "suspect" or "lost" ? $", silent for {Wording.Seconds(node.HeartbeatAgeSeconds)}" : "")})" };
        parts.AddRange(node.Devices.Select(static d => $"{Wording.Name(d.Name)} {Wording.Bytes(d.FreeBytes)} of {Wording.Bytes(d.TotalBytes)} free"));
        parts.Add(node.Replicas.Count == 0
            ? "nothing in memory"
            : "in memory: " + string.Join(", ", node.Replicas.Take(20).Select(static r => $"{Wording.Name(r.Model)} ({r.State}, {Wording.Bytes(r.Bytes)})")));
        if (node.Engines.Contains("simulated"))
        {
            parts.Add("its answers are made up");
        }

        return string.Join("; ", parts);
    }
}
