using Homelab.Clients;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Homelab.Roles.Mcp.Resources;

/// <summary>A part of the cluster's state that a client can read as JSON.</summary>
/// <param name="cluster">What it works with.</param>
/// <param name="uri">By which it is read.</param>
/// <param name="name">For programs.</param>
/// <param name="title">For people.</param>
/// <param name="text">What is in it.</param>
internal abstract class ClusterResource(ClusterAccess cluster, string uri, string name, string title, string text) : McpServerResource
{
    private const string Json = "application/json";

    public sealed override ResourceTemplate ProtocolResourceTemplate { get; } = new() { UriTemplate = uri, Name = name, Title = title, Description = text, MimeType = Json };

    public sealed override IReadOnlyList<object> Metadata => [];

    protected ClusterAccess Cluster => cluster;

    public sealed override bool IsMatch(string uri) => string.Equals(uri, ProtocolResourceTemplate.UriTemplate, StringComparison.Ordinal);

    public sealed override async ValueTask<ReadResourceResult> ReadAsync(RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken = default)
    {
        using var entry = cluster.Calls.TryEnter(request.Server.SessionId) ?? throw new McpException("too many calls are running; wait until some of them have answered");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, CallerPresence.Gone);
        try
        {
            return new ReadResourceResult { Contents = [new TextResourceContents { Uri = ProtocolResourceTemplate.UriTemplate, MimeType = Json, Text = await ReadTextAsync(ending.Token).ConfigureAwait(false) }] };
        }
        catch (ControlException problem)
        {
            throw new McpException(Advice.Of(problem, cluster.Target, changes: false));
        }
    }

    /// <summary>The JSON.</summary>
    protected abstract Task<string> ReadTextAsync(CancellationToken cancellation);
}
