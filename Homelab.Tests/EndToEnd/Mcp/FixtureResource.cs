using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>A resource, or a template of some, that the conformance suite expects of a reference server.</summary>
internal sealed class FixtureResource(string uri, string mimeType, Func<string, bool> matches, Func<string, ResourceContents> read) : McpServerResource
{
    public override ResourceTemplate ProtocolResourceTemplate { get; } = new() { UriTemplate = uri, Name = uri, Description = $"{uri} of the conformance suite", MimeType = mimeType };

    public override IReadOnlyList<object> Metadata => [];

    public override bool IsMatch(string uri) => matches(uri);

    public override ValueTask<ReadResourceResult> ReadAsync(RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new ReadResourceResult { Contents = [read(request.Params.Uri)] });
}
