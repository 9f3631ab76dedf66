using Homelab.Contracts;

namespace Homelab.Roles.Mcp.Tools;

/// <summary><c>model_load</c></summary>
internal sealed class ModelLoadTool(ClusterAccess cluster) : ModelCommandTool(cluster, new ToolDescription(
    "model_load",
    "Load a model",
    "Loads a model into memory, on a named machine or where the cluster thinks best, and waits until it is ready; that takes seconds to minutes and reports progress. Idle models may be taken out of memory to make room, models in use never. Requests load models by themselves, so call this only to prepare one or to choose the machine.",
    Schemas.ModelAndNode,
    Schemas.CommandResult)
{ Changes = true, Destroys = false })
{
    protected override IAsyncEnumerable<ProgressWire> Start(ModelCommandWire command, CancellationToken cancellation) => Cluster.Client.LoadAsync(command, cancellation);

    protected override string Text(ModelCommandResultWire result)
    {
        var memory = result.Bytes is { } bytes ? $" in {Wording.Bytes(bytes)} of memory" : "";
        var message = result.Message is { Length: > 0 } more ? $" ({Wording.Name(more)})" : "";
        return $"{Wording.Name(result.Model)} is {result.State} on {Wording.Name(result.Node)}{memory} after {Wording.Seconds(result.ElapsedSeconds)}{message}.";
    }
}
