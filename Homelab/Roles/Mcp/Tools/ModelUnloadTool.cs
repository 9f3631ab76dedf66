using Homelab.Contracts;

namespace Homelab.Roles.Mcp.Tools;

/// <summary><c>model_unload</c></summary>
internal sealed class ModelUnloadTool(ClusterAccess cluster) : ModelCommandTool(cluster, new ToolDescription(
    "model_unload",
    "Unload a model",
    "Takes a model out of memory, on a named machine or wherever it is, so that its memory is free for others. Requests that it is answering are waited for. It stays on disk and can be loaded again.",
    Schemas.ModelAndNode,
    Schemas.CommandResult)
{ Changes = true, Destroys = true })
{
    protected override IAsyncEnumerable<ProgressWire> Start(ModelCommandWire command, CancellationToken cancellation) => Cluster.Client.UnloadAsync(command, cancellation);

    protected override string Text(ModelCommandResultWire result)
    {
        var message = result.Message is { Length: > 0 } more ? $" ({Wording.Name(more)})" : "";
        return $"{Wording.Name(result.Model)} is {result.State} on {Wording.Name(result.Node)}{message}.";
    }
}
