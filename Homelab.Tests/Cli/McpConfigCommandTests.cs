using Homelab.Cli;
using Homelab.Tests.Architecture;
using Homelab.Tests.Snapshots;

namespace Homelab.Tests.Cli;

/// <summary><c>homelab mcp config</c>: what is pasted into an agent's configuration.</summary>
public sealed class McpConfigCommandTests
{
    [Theory]
    [InlineData("cursor")]
    [InlineData("goose")]
    [InlineData("continue")]
    public async Task Address_is_printed_in_the_agents_own_form(string agent)
    {
        var cli = new CliRun();
        cli.Variables["HOMELAB_MCP__LISTEN"] = "127.0.0.1:9000";

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("mcp", "config", agent));
        Assert.Contains("http://localhost:9000/mcp", cli.Out, StringComparison.Ordinal);
        VerifiedSnapshot.Match(cli.Out + cli.Error, agent);
    }

    [Theory]
    [InlineData("cursor")]
    [InlineData("goose")]
    [InlineData("continue")]
    public async Task Key_that_agents_need_has_its_place(string agent)
    {
        var cli = new CliRun();
        cli.Variables["HOMELAB_MCP__API_KEYS"] = "s3cr3t-s3cr3t";

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("mcp", "config", agent));
        Assert.DoesNotContain("s3cr3t", cli.Out + cli.Error, StringComparison.Ordinal);
        VerifiedSnapshot.Match(cli.Out, agent);
    }

    [Theory]
    [InlineData("cursor")]
    [InlineData("claude-desktop")]
    [InlineData("goose")]
    [InlineData("continue")]
    public async Task Command_is_printed_with_what_it_was_asked_for_and_without_a_key(string agent)
    {
        var cli = new CliRun();
        cli.Variables["HOMELAB_KEY"] = "s3cr3t-s3cr3t";

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("mcp", "config", agent, "--stdio", "--read-only", "--url", "http://10.0.0.1:42421/"));
        VerifiedSnapshot.Match(cli.Out.Replace(Environment.ProcessPath!, "/usr/local/bin/homelab", StringComparison.Ordinal), agent);
    }

    [Theory]
    [InlineData("cursor")]
    [InlineData("goose")]
    [InlineData("continue")]
    public async Task Readme_shows_what_is_printed(string agent)
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("mcp", "config", agent));
        Assert.Contains($"\n{cli.Out}```\n", await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Claude_Desktop_always_gets_a_command()
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("mcp", "config", "claude-desktop"));
        Assert.Contains("\"--stdio\"", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_agent_is_a_wrong_use()
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync("mcp", "config", "emacs"));
        Assert.Equal("", cli.Out);
    }
}
