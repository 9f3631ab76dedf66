using System.Net;
using Homelab.Contracts;
using ModelContextProtocol.Protocol;

namespace Homelab.Roles.Mcp.Tools;

/// <summary><c>node_ollama_url</c></summary>
internal sealed class NodeOllamaUrlTool(ClusterAccess cluster) : ClusterTool(cluster, new ToolDescription(
    "node_ollama_url",
    "Ollama address of a machine",
    "Gives the address at which one machine answers Ollama's own interface (/api/chat, /api/generate, ...) and OpenAI's, for a program that is to use that very machine. Whoever does not care which machine answers had better use the cluster's one address.",
    """
    {
      "type": "object",
      "properties": {
        "node": { "type": "string", "minLength": 1, "maxLength": 256, "description": "Name or id of the machine, as cluster_nodes gives it" }
      },
      "required": ["node"],
      "additionalProperties": false
    }
    """,
    """
    {
      "type": "object",
      "properties": {
        "node": { "type": "string" },
        "id": { "type": "string" },
        "state": { "type": "string", "enum": ["live", "suspect", "lost", "draining"] },
        "url": { "type": "string", "description": "For OLLAMA_HOST and programs that speak Ollama" },
        "openai_url": { "type": "string", "description": "Base URL for programs that speak OpenAI" },
        "note": { "type": "string", "description": "What a caller should know" }
      },
      "required": ["node", "id", "state", "url", "openai_url", "note"]
    }
    """))
{
    private const int MostNames = 20;

    protected override async Task<CallToolResult> RunAsync(ToolCall call, CancellationToken cancellation)
    {
        var asked = call.Arguments.Text("node");
        var nodes = await Cluster.Client.NodesAsync(cancellation).ConfigureAwait(false);
        var node = Find(nodes, asked);
        if (!Uri.TryCreate(node.Address, UriKind.Absolute, out var address))
        {
            throw new ToolFailure($"{Wording.Name(node.Name)} has not told at which address it can be reached.\nNext: tell the user to set daemon.advertise there, or use another node.");
        }

        var url = address.GetLeftPart(UriPartial.Authority);
        var answer = new NodeOllamaUrlAnswer(node.Name, node.Id, node.State, url, url + "/v1", Note(node, address));
        return ToolAnswer.Of(answer, McpJson.Default.NodeOllamaUrlAnswer, $"Ollama on {Wording.Name(node.Name)}: {url} (OpenAI: {url}/v1). {answer.Note}");
    }

    /// <exception cref="ToolFailure">There is none of that id or name.</exception>
    private static NodeWire Find(IReadOnlyList<NodeWire> nodes, string asked) =>
        nodes.FirstOrDefault(n => n.Id == asked)
        ?? nodes.FirstOrDefault(n => string.Equals(n.Name, asked, StringComparison.OrdinalIgnoreCase))
        ?? throw new ToolFailure(nodes.Count == 0
            ? $"there is no machine '{Wording.Name(asked)}': none has joined the cluster yet."
            : $"there is no machine '{Wording.Name(asked)}'.\nNext: choose one of {string.Join(", ", nodes.Take(MostNames).Select(static n => Wording.Name(n.Name)))}{(nodes.Count > MostNames ? ", ..." : "")}");

    private static string Note(NodeWire node, Uri address)
    {
        var notes = new List<string>();
        if (node.State is "lost" or "suspect")
        {
            notes.Add($"It has been silent for {Wording.Seconds(node.HeartbeatAgeSeconds)} and may not answer.");
        }
        else if (node.State == "draining")
        {
            notes.Add("It is draining and takes nothing new.");
        }

        notes.Add(IsLoopback(address)
            ? "Only programs on that machine itself can reach it."
            : "It asks for one of that machine's own keys (daemon.api_keys), except on the machine itself.");
        if (node.Engines.Contains("simulated"))
        {
            notes.Add("Its answers are made up: its engine is simulated.");
        }

        return string.Join(' ', notes);
    }

    private static bool IsLoopback(Uri address) => address.IsLoopback || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip));
}
