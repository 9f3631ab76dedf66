using Homelab.Cli;
using Homelab.Contracts;

namespace Homelab.Tests.Cli;

/// <summary>The exit codes that INTERFACES promises, each by a command line that ends with it.</summary>
public sealed class ExitCodeTests
{
    [Fact]
    public async Task Nobody_there_is_69_and_says_how_to_start_one()
    {
        await using var gone = await FakeControlServer.StartAsync();
        await gone.DisposeAsync();
        var cli = new CliRun();

        Assert.Equal(ExitCodes.NobodyAnswers, await cli.RunAsync(gone, "status"));
        Assert.Equal($"homelab: nobody answers at {gone.Address.GetLeftPart(UriPartial.Authority)}: connection refused; start one with: homelab daemon\n", cli.Error);
        Assert.Equal("", cli.Out);
    }

    [Fact]
    public async Task Nobody_at_a_hubs_port_is_told_how_to_start_a_hub()
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.NobodyAnswers, await cli.RunAsync("status", "--url", "http://127.255.255.254:42421"));
        Assert.EndsWith("; start one with: homelab hub\n", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_key_is_77_and_says_how_to_give_one()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("GET", ControlRoutes.Models, 401, "invalid_api_key", "no key");
        var cli = new CliRun();

        Assert.Equal(ExitCodes.NotAllowed, await cli.RunAsync(server, "models"));
        Assert.Equal("homelab: no key (give one with --key, --key-file or HOMELAB_KEY)\n", cli.Error);
    }

    [Fact]
    public async Task Key_without_the_right_is_77()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("GET", ControlRoutes.Models, 403, "insufficient_permissions", "this key may not list");
        var cli = new CliRun();

        Assert.Equal(ExitCodes.NotAllowed, await cli.RunAsync(server, "models"));
    }

    [Fact]
    public async Task Somebody_else_s_server_is_1_and_asks_whether_the_address_is_right()
    {
        await using var server = (await FakeControlServer.StartAsync()).On("GET", ControlRoutes.Models, static context => Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "<html>"));
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync(server, "models"));
        Assert.Contains("is --url right?", cli.Error);
    }

    [Theory]
    [InlineData("status", "--nope")]
    [InlineData("nonsense")]
    [InlineData("models", "load")]
    [InlineData("status", "--output", "yaml")]
    [InlineData("status", "--url", "ftp://x")]
    [InlineData("status", "--url", "http://user:secret@127.0.0.1:1")]
    [InlineData("status", "--key-file", "/nonexistent/key")]
    [InlineData("daemon", "--log-level", "loud")]
    [InlineData]
    public async Task Wrong_usage_is_2_and_is_said_on_standard_error(params string[] arguments)
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync(arguments));
        Assert.NotEqual("", cli.Error);
        Assert.Equal("", cli.Out);
        Assert.DoesNotContain("secret", cli.Error);
    }

    [Theory]
    [InlineData("homelab: 'statsu' is no command of homelab; did you mean 'status'?\nTry: homelab --help\n", "statsu")]
    [InlineData("homelab: 'xyzzy' is no command of homelab\nTry: homelab --help\n", "xyzzy")]
    [InlineData("homelab: 'lod' is no command of homelab models; did you mean 'load'?\nTry: homelab models --help\n", "models", "lod", "qwen3:8b")]
    [InlineData("homelab: '--wach' is no option of homelab status; did you mean '--watch'?\nTry: homelab status --help\n", "status", "--wach")]
    [InlineData("homelab: '--ouptut' is no option of homelab status; did you mean '--output'?\nTry: homelab status --help\n", "status", "--ouptut", "json")]
    [InlineData("homelab: 'now' is no argument of homelab status\nTry: homelab status --help\n", "status", "now")]
    [InlineData("homelab: Required argument 'model' missing for command: 'load'.\nTry: homelab models load --help\n", "models", "load")]
    [InlineData("homelab: Required argument missing for option: '--url'.\nTry: homelab --help\n", "--url")]
    public async Task Wrong_usage_is_one_line_about_the_first_mistake_and_one_about_help(string expected, params string[] arguments)
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync(arguments));
        Assert.Equal(expected, cli.Error);
    }

    [Fact]
    public async Task Wrong_configuration_is_78_with_a_line_for_each_problem()
    {
        var folder = Directory.CreateTempSubdirectory("homelab-cli-");
        try
        {
            var file = Path.Combine(folder.FullName, "homelab.yaml");
            await File.WriteAllTextAsync(file, "daemon:\n  lisen: 127.0.0.1:1\n  idle_unload: soon\n");
            var cli = new CliRun();

            Assert.Equal(ExitCodes.Configuration, await cli.RunAsync("daemon", "--config", file));
            var lines = cli.Error.TrimEnd('\n').Split('\n');
            Assert.Equal(2, lines.Length);
            Assert.StartsWith($"{file}:2:3: ", lines[0]);
            Assert.StartsWith($"{file}:3:16: ", lines[1]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("option")]
    [InlineData("variable")]
    [InlineData("file")]
    public async Task Key_is_sent_as_a_bearer_token_wherever_it_came_from(string source)
    {
        const string key = "hl-0123456789";
        using var tree = new Hardware.FileTree(("key", key + "\nsecond line\n"));
        var file = Path.Combine(tree.Root, "key");
        await using var server = (await FakeControlServer.StartAsync()).Gets(ControlRoutes.Models, [], ContractsJson.Default.IReadOnlyListModelWire);
        var cli = new CliRun();
        if (source == "variable")
        {
            cli.Variables["HOMELAB_KEY"] = key;
        }

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, ["models", .. source switch { "option" => new[] { "--key", key }, "file" => ["--key-file", file], _ => [] }]));
        Assert.Equal("Bearer " + key, Assert.Single(server.Seen).Authorization);
        Assert.Equal("", cli.Error);
    }

    [Fact]
    public async Task Key_with_a_line_break_inside_is_refused_before_anything_is_sent()
    {
        var cli = new CliRun();
        cli.Variables["HOMELAB_KEY"] = "abc\ndef";

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync("status"));
        Assert.DoesNotContain("abc", cli.Error);
    }

    [Fact]
    public async Task Interrupted_command_is_130()
    {
        using var stop = new CancellationTokenSource();
        await using var server = (await FakeControlServer.StartAsync()).On("POST", ControlRoutes.LoadModel, async context =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        var cli = new CliRun();
        cli.Variables["HOMELAB_URL"] = server.Address.ToString();

        Assert.Equal(ExitCodes.Interrupted, await cli.RunAsync(stop.Token, "models", "load", "qwen3:8b"));
    }
}
