using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>A tool that the conformance suite expects of a reference server.</summary>
internal sealed class FixtureTool(string name, string schema, Func<RequestContext<CallToolRequestParams>, CancellationToken, Task<IList<ContentBlock>>> run) : McpServerTool
{
    public override Tool ProtocolTool { get; } = new() { Name = name, Description = $"{name} of the conformance suite", InputSchema = JsonElement.Parse(schema) };

    public override IReadOnlyList<object> Metadata => [];

    public override async ValueTask<CallToolResult> InvokeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default) =>
        new() { Content = await run(request, cancellationToken) };
}
