using Homelab.Clients;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Homelab.Roles.Mcp.Tools;

/// <summary>What all tools have in common: a description with explicit schemas (nothing is read by reflection), bounds, and failures of the cluster
/// as answers that say what to do.</summary>
/// <param name="cluster">What it works with.</param>
/// <param name="description">What agents are told of it.</param>
internal abstract class ClusterTool(ClusterAccess cluster, ToolDescription description) : McpServerTool
{
    private readonly string[] _known = [.. description.Arguments];

    public sealed override Tool ProtocolTool { get; } = description.ToTool();

    public sealed override IReadOnlyList<object> Metadata => [];

    /// <summary>Whether it changes anything.</summary>
    public bool Changes => description.Changes;

    protected ClusterAccess Cluster => cluster;

    public sealed override async ValueTask<CallToolResult> InvokeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        using var entry = cluster.Calls.TryEnter(request.Server.SessionId);
        if (entry is null)
        {
            return Failed("too many calls are running.\nNext: wait until some of them have answered, then call again.");
        }

        using var progress = new ToolProgress(request.Server, request.Params.ProgressToken, cluster.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, CallerPresence.Gone);
        try
        {
            var arguments = new ToolArguments(request.Params.Arguments);
            arguments.AllowOnly(_known);
            var answer = await RunAsync(new ToolCall(arguments, progress), ending.Token).ConfigureAwait(false);
            cluster.Metrics.Count(description.Name, "done");
            return answer;
        }
        catch (ToolFailure failure)
        {
            return Failed(failure.Message);
        }
        catch (ControlException problem)
        {
            return Failed(Advice.Of(problem, cluster.Target, Changes, description.KeyFlag));
        }
        catch (OperationCanceledException)
        {
            cluster.Metrics.Count(description.Name, "cancelled");
            throw;
        }
    }

    /// <summary>Does it. <see cref="ToolFailure"/> and <see cref="ControlException"/> become answers.</summary>
    protected abstract Task<CallToolResult> RunAsync(ToolCall call, CancellationToken cancellation);

    private CallToolResult Failed(string message)
    {
        cluster.Metrics.Count(description.Name, "failed");
        return ToolAnswer.Failed(message);
    }
}
