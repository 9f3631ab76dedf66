using Homelab.Contracts;
using ModelContextProtocol.Protocol;

namespace Homelab.Roles.Mcp.Tools;

/// <summary><c>infra_list</c></summary>
internal sealed class InfraListTool(ClusterAccess cluster) : ClusterTool(cluster, new ToolDescription(
    "infra_list",
    "Files of the machines",
    "Shows which files of the machines may be read, logs for example. Without arguments, or with a node alone: the machines and their roots, the folders that each machine's own configuration opened. With node and root: what is in that folder or, with path, in one below it.",
    """
    {
      "type": "object",
      "properties": {
        "node": { "type": "string", "maxLength": 256, "description": "Name or id of the machine, as cluster_nodes gives it" },
        "root": { "type": "string", "maxLength": 256, "description": "Name of one of its roots; needs node" },
        "path": { "type": "string", "maxLength": 4096, "description": "Folder below the root, e.g. nginx/old; needs root" }
      },
      "additionalProperties": false
    }
    """,
    Schemas.InfraList)
{ KeyFlag = "--infra" })
{
    public const int LongestPath = 4096;
    private const int MostNodes = 500;
    private const int MostLines = 300;

    protected override async Task<CallToolResult> RunAsync(ToolCall call, CancellationToken cancellation)
    {
        var (node, root, path) = (call.Arguments.OptionalText("node"), call.Arguments.OptionalText("root"), call.Arguments.OptionalText("path", LongestPath));
        if (root is null)
        {
            return path is null
                ? Roots(await Cluster.Client.InfraAsync(node, cancellation).ConfigureAwait(false))
                : throw new ToolFailure("'path' needs 'node' and 'root'.\nNext: call infra_list without arguments to see the roots.");
        }

        var folder = await Cluster.Client.InfraListAsync(node ?? throw new ToolFailure("'root' needs 'node'.\nNext: call infra_list without arguments to see which machine has that root."), root, path ?? "", cancellation).ConfigureAwait(false);
        var hidden = folder.HiddenCount > 0 ? $"\n{folder.HiddenCount} more are not shown: no pattern of the root includes them" : "";
        var lines = folder.Entries.Count == 0 ? "empty" : Wording.Lines(folder.Entries.Select(Line), folder.Entries.Count, MostLines);
        return ToolAnswer.Of(new InfraListAnswer(Folder: folder), McpJson.Default.InfraListAnswer, $"{Place(folder.Node, folder.Root, folder.Path)}\n{lines}{hidden}{(folder.Truncated ? "\nthere are more entries than can be shown" : "")}");
    }

    internal static string Place(string node, string root, string path) => Wording.Name(path.Length == 0 ? $"{node}:{root}/" : $"{node}:{root}/{path}");

    private static CallToolResult Roots(IReadOnlyList<InfraNodeWire> nodes)
    {
        var text = nodes.All(static n => n.Roots.Count == 0 && n.Problem is null)
            ? "No machine opens any folder. Tell the user: infra.roots in a machine's own homelab.yaml does."
            : Wording.Lines(nodes.Select(Line), nodes.Count, MostLines);
        return ToolAnswer.Of(new InfraListAnswer([.. nodes.Take(MostNodes)]), McpJson.Default.InfraListAnswer, text);
    }

    private static string Line(InfraNodeWire node) => Wording.Name(node.Name) + ": " + (node.Problem is { } problem
        ? Wording.Name(problem)
        : node.Roots.Count == 0 ? "no roots" : string.Join("; ", node.Roots.Take(20).Select(static r => $"{Wording.Name(r.Name)} ({Wording.Name(r.Path)}: {string.Join(", ", r.Include.Take(10).Select(Wording.Name))})")));

    private static string Line(InfraEntryWire entry) =>
        Wording.Name(entry.Name) + (entry.Kind == "folder" ? "/" : "")
        + (entry.SizeBytes is { } size ? $", {Wording.Bytes(size)}" : "")
        + (entry.Kind is "file" or "folder" ? "" : $", {entry.Kind}")
        + (entry.Refused is { } why ? $", refused: {Wording.Name(why)}" : "");
}
