using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>A prompt that the conformance suite expects of a reference server.</summary>
internal sealed class FixturePrompt(string name, string[] arguments, Func<IReadOnlyDictionary<string, string>, ContentBlock[]> make) : McpServerPrompt
{
    public override Prompt ProtocolPrompt { get; } = new()
    {
        Name = name,
        Description = $"{name} of the conformance suite",
        Arguments = [.. arguments.Select(a => new PromptArgument { Name = a, Description = a, Required = true })],
    };

    public override IReadOnlyList<object> Metadata => [];

    public override ValueTask<GetPromptResult> GetAsync(RequestContext<GetPromptRequestParams> request, CancellationToken cancellationToken = default)
    {
        var given = (request.Params.Arguments ?? new Dictionary<string, JsonElement>()).ToDictionary(a => a.Key, a => a.Value.GetString()!);
        return ValueTask.FromResult(new GetPromptResult { Messages = [.. make(given).Select(c => new PromptMessage { Role = Role.User, Content = c })] });
    }
}
