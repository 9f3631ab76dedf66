using System.Text.Json;
using Homelab.Cli;
using Homelab.Contracts;
using Homelab.Tests.Snapshots;

namespace Homelab.Tests.Cli;

/// <summary><c>homelab models</c>, its tables and its progress.</summary>
public sealed class ModelsCommandTests
{
    private static readonly ModelCommandResultWire Loaded = new("qwen3:8b", "tower", "hot", 6L << 30, 12.3);

    [Theory]
    [InlineData("models")]
    [InlineData("models list")]
    public async Task Models_are_listed_with_or_without_the_word_list(string line)
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets(ControlRoutes.Models, SampleWires.Models, ContractsJson.Default.IReadOnlyListModelWire);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, line.Split(' ')));
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Empty_list_says_how_to_get_a_model()
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets(ControlRoutes.Models, [], ContractsJson.Default.IReadOnlyListModelWire);
        var cli = new CliRun();

        await cli.RunAsync(server, "models");
        Assert.Contains("homelab models pull", cli.Out);
    }

    [Theory]
    [InlineData("broken")]
    [InlineData("chat")]
    [InlineData("NOMIC-embed-text")]
    public async Task Model_is_shown_by_any_of_its_names(string name)
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets(ControlRoutes.Models, SampleWires.Models, ContractsJson.Default.IReadOnlyListModelWire);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "models", "show", name));
        VerifiedSnapshot.Match(cli.Out, name);
    }

    [Fact]
    public async Task Unknown_model_is_refused_with_the_nearest_name()
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets(ControlRoutes.Models, SampleWires.Models, ContractsJson.Default.IReadOnlyListModelWire);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync(server, "models", "show", "qwen3:8v"));
        Assert.Equal("homelab: there is no model 'qwen3:8v'; did you mean 'qwen3:8b'?\n", cli.Error);
    }

    [Fact]
    public async Task Pull_without_a_terminal_prints_a_line_per_ten_percent_and_the_result()
    {
        const long total = 5_000_000_000;
        var steps = Enumerable.Range(0, 101).Select(i => new ProgressWire("pulling", "pulling 0123456789ab", total * i / 100, total, i / 100.0, 100 - i));
        await using var server = (await FakeControlServer.StartAsync()).Streams(
            ControlRoutes.PullModel,
            [new ProgressWire("pulling", "pulling manifest"), .. steps, new ProgressWire("verifying", "verifying sha256 digest"), new ProgressWire("done", Done: true, Result: Loaded with { State = "on_disk", Bytes = total })]);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "models", "pull", "qwen3:8b"));
        VerifiedSnapshot.Match(cli.Error + "---\n" + cli.Out);
        Assert.Equal("""{"model":"qwen3:8b"}""", Assert.Single(server.Seen).Body);
        Assert.EndsWith("?progress=true", server.Seen[0].Path);
    }

    [Fact]
    public async Task Pull_on_a_terminal_draws_a_bar_and_leaves_the_result()
    {
        await using var server = (await FakeControlServer.StartAsync()).Streams(
            ControlRoutes.PullModel,
            new ProgressWire("pulling", "pulling 0123", 500 << 20, 1000 << 20, 0.5, 10),
            new ProgressWire("done", Done: true, Result: Loaded));
        var cli = new CliRun { IsTerminal = true };

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "models", "pull", "qwen3:8b"));
        Assert.Contains("50 %", cli.Error);
        Assert.Contains("500 MiB of 1000 MiB, 10s left", cli.Error);
        Assert.Contains("qwen3:8b is installed on tower", cli.Out);
    }

    [Fact]
    public async Task Load_as_json_is_one_progress_object_a_line()
    {
        await using var server = (await FakeControlServer.StartAsync()).Streams(
            ControlRoutes.LoadModel, new ProgressWire("loading", Fraction: 0.5), new ProgressWire("done", Done: true, Result: Loaded));
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "models", "load", "qwen3:8b", "--node", "tower", "-o", "json"));
        var lines = cli.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Equal("hot", JsonSerializer.Deserialize(lines[1], ContractsJson.Default.ProgressWire)?.Result?.State);
        Assert.Equal("""{"model":"qwen3:8b","node":"tower"}""", server.Seen[0].Body);
    }

    [Fact]
    public async Task Failure_during_the_stream_is_said_and_is_exit_1()
    {
        await using var server = (await FakeControlServer.StartAsync()).Streams(
            ControlRoutes.LoadModel,
            new ProgressWire("loading"),
            new ProgressWire("failed", Done: true, Error: new ErrorDetailWire("the runner died", "api_error", null, "load_failed")));
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync(server, "models", "load", "qwen3:8b"));
        Assert.EndsWith("homelab: the runner died\n", cli.Error);
        Assert.Equal("", cli.Out);
    }

    [Fact]
    public async Task Stream_that_stops_before_it_is_done_is_a_failure()
    {
        await using var server = (await FakeControlServer.StartAsync()).Streams(ControlRoutes.LoadModel, new ProgressWire("loading"));
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync(server, "models", "load", "qwen3:8b"));
        Assert.Contains("before the work was done", cli.Error);
    }

    [Fact]
    public async Task Refused_unload_says_why()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("POST", ControlRoutes.UnloadModel, 409, "model_in_use", "qwen3:8b serves 2 requests");
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync(server, "models", "unload", "qwen3:8b"));
        Assert.Equal("homelab: qwen3:8b serves 2 requests\n", cli.Error);
    }

    [Fact]
    public async Task Removal_sends_the_name_and_says_where()
    {
        await using var server = (await FakeControlServer.StartAsync()).On("DELETE", ControlRoutes.Models, context =>
            FakeControlServer.JsonAsync(context, Loaded with { State = "absent", Bytes = null }, ContractsJson.Default.ModelCommandResultWire));
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "models", "rm", "qwen3:8b"));
        Assert.Equal("qwen3:8b is deleted on tower\n", cli.Out);
        Assert.Equal("""{"model":"qwen3:8b"}""", server.Seen[0].Body);
    }
}
