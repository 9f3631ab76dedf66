using Homelab.Clients;
using Homelab.Contracts;
using ModelContextProtocol.Protocol;

namespace Homelab.Roles.Mcp.Tools;

/// <summary>What <c>model_load</c> and <c>model_unload</c> have in common: a command of the control API, followed to its end.</summary>
internal abstract class ModelCommandTool(ClusterAccess cluster, ToolDescription description) : ClusterTool(cluster, description)
{
    private const int MostNames = 20;

    protected override Task<CallToolResult> RunAsync(ToolCall call, CancellationToken cancellation) =>
        call.Progress.DuringAsync(() => FollowAsync(call, cancellation), cancellation);

    /// <summary>Sends the command.</summary>
    protected abstract IAsyncEnumerable<ProgressWire> Start(ModelCommandWire command, CancellationToken cancellation);

    /// <summary>The result as one sentence.</summary>
    protected abstract string Text(ModelCommandResultWire result);

    private async Task<CallToolResult> FollowAsync(ToolCall call, CancellationToken cancellation)
    {
        var command = new ModelCommandWire(call.Arguments.Text("model"), call.Arguments.OptionalText("node"));
        try
        {
            await foreach (var progress in Start(command, cancellation).ConfigureAwait(false))
            {
                if (progress is { Done: true, Error: { } error })
                {
                    throw new ToolFailure(await WithNamesAsync(Advice.Of(error), error.Code, cancellation).ConfigureAwait(false));
                }

                if (progress is { Done: true, Result: { } result })
                {
                    return ToolAnswer.Of(result, McpJson.Default.ModelCommandResultWire, Text(result));
                }

                await call.Progress.ReportAsync(progress, cancellation).ConfigureAwait(false);
            }
        }
        catch (ControlException problem) when (problem.Code is "model_not_found" or "node_not_found")
        {
            throw new ToolFailure(await WithNamesAsync(Advice.Of(problem, Cluster.Target, changes: false), problem.Code, cancellation).ConfigureAwait(false));
        }

        throw new ToolFailure("the command ended without a result.\nNext: look with model_list at what came of it.");
    }

    /// <summary>Spares the agent a call: a wrong name comes with the right ones.</summary>
    private async Task<string> WithNamesAsync(string message, string? code, CancellationToken cancellation)
    {
        try
        {
            var names = code switch
            {
                "model_not_found" => (await Cluster.Client.ModelsAsync(cancellation).ConfigureAwait(false)).Select(static m => m.Name).ToList(),
                "node_not_found" => [.. (await Cluster.Client.NodesAsync(cancellation).ConfigureAwait(false)).Select(static n => n.Name)],
                _ => [],
            };
            return names.Count == 0 ? message : $"{message}\nThere is: {string.Join(", ", names.Take(MostNames).Select(Wording.Name))}{(names.Count > MostNames ? ", ..." : "")}";
        }
        catch (ControlException)
        {
            return message;
        }
    }
}
