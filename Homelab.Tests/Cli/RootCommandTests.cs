using System.Text.Json;
using Homelab.Cli;

namespace Homelab.Tests.Cli;

/// <summary>The command tree as a whole: what only shows once every command hangs in it.</summary>
public sealed class RootCommandTests
{
    [Theory]
    [InlineData("config", "show", "--output", "json")]
    [InlineData("config", "-o", "json", "show")]
    [InlineData("--output", "json", "config", "show")]
    public async Task Configuration_is_shown_as_json_wherever_that_is_asked_for(params string[] arguments)
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(arguments));
        using var json = JsonDocument.Parse(cli.Out);
        Assert.Equal("127.0.0.1:42420", json.RootElement.GetProperty("daemon").GetProperty("listen")[0].GetString());
    }

    [Fact]
    public async Task Configuration_is_shown_as_yaml_otherwise()
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("config", "show"));
        Assert.Contains("daemon:", cli.Out);
    }

    [Fact]
    public async Task Configuration_without_a_subcommand_is_usage_with_the_list_of_them()
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync("config"));
        Assert.Contains("schema", cli.Error);
    }

    [Fact]
    public async Task Version_is_printed_as_text_and_as_json()
    {
        var text = new CliRun();
        var json = new CliRun();

        Assert.Equal(ExitCodes.Done, await text.RunAsync("version"));
        Assert.Equal(ExitCodes.Done, await json.RunAsync("version", "-o", "json"));
        Assert.StartsWith("homelab ", text.Out);
        using var parsed = JsonDocument.Parse(json.Out);
        Assert.True(parsed.RootElement.TryGetProperty("version", out _));
    }

    [Theory]
    [InlineData(" sta", "status")]
    [InlineData(" models un", "unload")]
    [InlineData(" status --wa", "--watch")]
    [InlineData(" models --output ", "json")]
    public async Task Shells_are_told_what_may_come_next(string line, string expected)
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync($"[suggest:{line.Length}]", line));
        Assert.Contains(expected, cli.Out.Split('\n'));
        Assert.DoesNotContain("/?", cli.Out.Split('\n'));
    }
}
