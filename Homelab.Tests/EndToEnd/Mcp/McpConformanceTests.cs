using Xunit.Abstractions;

namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>The official JavaScript client, and the conformance suite of the protocol.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class McpConformanceTests(SharedMcp shared, ITestOutputHelper output) : IClassFixture<SharedMcp>
{
    [McpNpmFact]
    public async Task JavaScript_client_gets_what_it_needs_over_every_transport()
    {
        var server = await shared.ServerAsync();
        var cluster = await shared.ClusterAsync();

        var said = await McpNpm.RunScriptAsync("mcp.mjs", server.Url.ToString(), HomelabExecutable.Path, cluster.Hub.Url.ToString());

        Assert.Equal(["ok streamable /mcp", "ok streamable /sse", "ok sse /sse", "ok stdio"], said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The scenarios that speak of a server with tools of its own.</summary>
    [McpNpmTheory]
    [InlineData("server-initialize")]
    [InlineData("logging-set-level")]
    [InlineData("ping")]
    [InlineData("tools-list")]
    [InlineData("resources-list")]
    [InlineData("prompts-list")]
    [InlineData("server-sse-multiple-streams")]
    [InlineData("dns-rebinding-protection")]
    public async Task Executable_conforms(string scenario) => await ConformsAsync((await shared.ServerAsync()).Url, scenario);

    /// <summary>The scenarios that want the tools, resources and prompts of a reference server. Left out: server-sse-polling, which wants answers to be kept
    /// for clients that come back for them (we end a call whose request is gone, and the newest protocol has dropped it).</summary>
    [McpNpmTheory]
    [InlineData("completion-complete")]
    [InlineData("tools-call-simple-text")]
    [InlineData("tools-call-image")]
    [InlineData("tools-call-audio")]
    [InlineData("tools-call-embedded-resource")]
    [InlineData("tools-call-mixed-content")]
    [InlineData("tools-call-with-logging")]
    [InlineData("tools-call-error")]
    [InlineData("tools-call-with-progress")]
    [InlineData("tools-call-sampling")]
    [InlineData("tools-call-elicitation")]
    [InlineData("json-schema-2020-12")]
    [InlineData("elicitation-sep1034-defaults")]
    [InlineData("elicitation-sep1330-enums")]
    [InlineData("resources-read-text")]
    [InlineData("resources-read-binary")]
    [InlineData("resources-templates-read")]
    [InlineData("resources-subscribe")]
    [InlineData("resources-unsubscribe")]
    [InlineData("prompts-get-simple")]
    [InlineData("prompts-get-with-args")]
    [InlineData("prompts-get-embedded-resource")]
    [InlineData("prompts-get-with-image")]
    public async Task Our_set_up_of_the_SDK_conforms(string scenario)
    {
        await using var host = await ConformanceHost.StartAsync();
        await ConformsAsync(host.Url, scenario);
    }

    private async Task ConformsAsync(Uri url, string scenario)
    {
        if (await McpNpm.ConformAsync(new Uri(url, "/mcp"), scenario) is not { } run)
        {
            output.WriteLine("skipped: the conformance suite needs Node 22 or newer, and npm has no package of it for this system");
            return;
        }

        Assert.True(run.Code == 0, run.Output);
        Assert.Contains("0 failed, 0 warnings", run.Output, StringComparison.Ordinal);
    }
}
