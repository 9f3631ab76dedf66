using Homelab.Contracts;
using ModelContextProtocol.Protocol;

namespace Homelab.Roles.Mcp.Tools;

/// <summary><c>model_list</c></summary>
internal sealed class ModelListTool(ClusterAccess cluster) : ClusterTool(cluster, new ToolDescription(
    "model_list",
    "Models of the cluster",
    "Lists the models that the cluster has, with their state, size, aliases and the machines that hold them. hot and leased models answer at once; one that is on_disk is loaded when somebody asks for it, or with model_load.",
    """
    {
      "type": "object",
      "properties": {
        "state": { "type": "string", "enum": ["hot", "leased", "loading", "unloading", "on_disk", "pulling", "sharded", "absent", "failed"], "description": "Only models in this state; hot includes leased ones" }
      },
      "additionalProperties": false
    }
    """,
    Schemas.Models))
{
    public const int Most = 1000;
    private const int MostLines = 200;
    private static readonly string[] States = ["hot", "leased", "loading", "unloading", "on_disk", "pulling", "sharded", "absent", "failed"];

    protected override async Task<CallToolResult> RunAsync(ToolCall call, CancellationToken cancellation)
    {
        var state = call.Arguments.OptionalText("state");
        if (state is not null && !States.Contains(state, StringComparer.Ordinal))
        {
            throw new ToolFailure($"'state' must be one of {string.Join(", ", States)}");
        }

        var all = await Cluster.Client.ModelsAsync(cancellation).ConfigureAwait(false);
        IReadOnlyList<ModelWire> models = state is null ? all : [.. all.Where(m => IsIn(m.State, state) || m.Nodes.Any(n => IsIn(n.State, state)))];
        var answer = new ModelListAnswer([.. models.Take(Most)], models.Count > Most);
        return ToolAnswer.Of(answer, McpJson.Default.ModelListAnswer, (models.Count, state) switch
        {
            (0, null) => "The cluster has no models yet. Downloading one is the user's decision: homelab models pull NAME.",
            (0, _) => $"No model is {state}; there are {all.Count} in other states.",
            _ => Wording.Lines(models.Select(Line), models.Count, MostLines),
        });
    }

    internal static string Line(ModelWire model)
    {
        var aliases = model.Aliases.Count == 0 ? "" : $" (also {string.Join(", ", model.Aliases.Take(10).Select(Wording.Name))})";
        var nodes = model.Nodes.Count == 0 ? "" : " on " + string.Join(", ", model.Nodes.Take(20).Select(static n => $"{Wording.Name(n.Name ?? n.Id)} ({n.State})"));
        var failure = model.Failure is { } failed ? $"; failed: {Wording.Name(failed.Reason)}" : "";
        return $"{Wording.Name(model.Name)}{aliases}: {model.State}, {Wording.Bytes(model.SizeBytes)}{nodes}{failure}";
    }

    private static bool IsIn(string state, string asked) => state == asked || (asked == "hot" && state == "leased");
}
