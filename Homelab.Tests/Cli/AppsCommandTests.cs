using System.Text.Json;
using Homelab.Cli;
using Homelab.Contracts;
using Homelab.Tests.EndToEnd.Apps;
using Homelab.Tests.Processes;
using Homelab.Tests.Snapshots;
using Microsoft.AspNetCore.Http;

namespace Homelab.Tests.Cli;

/// <summary><c>homelab apps</c>, its table, its progress and its log.</summary>
public sealed class AppsCommandTests
{
    private const string Hostile = "\u001b[31mred\u0007\nnext";

    private static IReadOnlyList<AppWire> Apps { get; } =
    [
        new("idle", "tower", "running", ["stem-4", "Other:X"], VramBytes: 4L << 30, IdleSeconds: 61, IdleTimeoutSeconds: 600, Port: 40001, ProcessId: 7),
        new("busy", "tower", "in_use", [], 2, VramBytes: 1L << 30, RamBytes: 1L << 30, IdleTimeoutSeconds: 0),
        new("fetching", "nas", "downloading", [], Files: [new("model.onnx", "downloading", 30 << 20, 120 << 20, 5 << 20), new("b.bin", "waiting", 0)]),
        new("broken", "tower", "failed", [], Failure: new ModelFailureWire("it ended with exit code 3; it last printed: no such device", 4, 12)),
        new("changed", "tower", "running", [], Problems: ["/h/apps/changed.yaml:2:1: comand: is not a known key; did you mean 'command'?"]),
        new("wrong", "tower", "invalid", [], Problems: ["/h/apps/wrong.yaml:1:1: command: is missing; every file needs it"]),
    ];

    [Theory]
    [InlineData("apps")]
    [InlineData("apps list")]
    public async Task Apps_are_listed_with_or_without_the_word_list(string line)
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets(ControlRoutes.Apps, Apps, ContractsJson.Default.IReadOnlyListAppWire);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, line.Split(' ')));
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Apps_of_one_machine_are_asked_for_by_its_name_and_json_is_the_control_apis_own()
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets(ControlRoutes.Apps, Apps, ContractsJson.Default.IReadOnlyListAppWire);
        var cli = new CliRun();

        await cli.RunAsync(server, "apps", "--node", "a b", "-o", "json");
        Assert.Equal(ControlRoutes.Apps + "?node=a%20b", Assert.Single(server.Seen).Path);
        Assert.Equal(Apps.Select(a => a.Name), JsonSerializer.Deserialize(cli.Out, ContractsJson.Default.IReadOnlyListAppWire)!.Select(a => a.Name));
    }

    [Fact]
    public async Task Empty_list_says_where_a_manifest_goes()
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets(ControlRoutes.Apps, [], ContractsJson.Default.IReadOnlyListAppWire)
            .Gets(ControlRoutes.Status, SampleWires.Status with { Warnings = ["/h/apps: can be written by others; run: chmod go-w on it"] }, ContractsJson.Default.StatusWire);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "apps"));
        Assert.Contains("~/.homelab/apps", cli.Out, StringComparison.Ordinal);
        Assert.EndsWith("/h/apps: can be written by others; run: chmod go-w on it\n", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_server_says_cannot_change_the_terminal()
    {
        await using var server = (await FakeControlServer.StartAsync())
            .Gets(ControlRoutes.Apps, [new(Hostile, Hostile, Hostile, [Hostile], Failure: new ModelFailureWire(Hostile, 1, 0), Problems: [Hostile], Files: [new(Hostile, Hostile, 1)])], ContractsJson.Default.IReadOnlyListAppWire)
            .On("GET", ControlRoutes.Apps + "/x/logs", context => context.Response.WriteAsync("\u001b[31mred\u0007\n"));
        var cli = new CliRun { IsTerminal = true };

        await cli.RunAsync(server, "apps", "--no-color");
        await cli.RunAsync(server, "apps", "logs", "x", "--no-color");
        Assert.DoesNotContain(cli.Out, c => char.IsControl(c) && c != '\n');
        Assert.DoesNotContain("\nnext", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_shows_files_and_progress_and_says_where_it_runs()
    {
        await using var server = (await FakeControlServer.StartAsync()).Streams(
            ControlRoutes.Apps + "/stem/start",
            new ProgressWire("downloading", "model.onnx (downloading)", 60 << 20, 120 << 20, 0.5, 10),
            new ProgressWire("starting", Fraction: 0.5),
            new ProgressWire("done", Done: true, Result: new ModelCommandResultWire("apps/stem", "tower", "hot", 4L << 30, 12.3)));
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "apps", "start", "stem", "--node", "tower"));
        VerifiedSnapshot.Match(cli.Error + "---\n" + cli.Out);
        Assert.Equal("POST", server.Seen[0].Method);
        Assert.Contains("node=tower", server.Seen[0].Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_stop_says_why()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("POST", ControlRoutes.Apps + "/stem/stop", 409, "model_in_use", "stem serves 2 requests");
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync(server, "apps", "stop", "stem"));
        Assert.Equal("homelab: stem serves 2 requests\n", cli.Error);
    }

    [Fact]
    public async Task Log_is_printed_as_it_is_with_as_many_lines_as_were_asked_for()
    {
        await using var server = (await FakeControlServer.StartAsync()).On("GET", ControlRoutes.Apps + "/stem/logs", context => context.Response.WriteAsync("one\n\ntwo\nlast without an end"));
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "apps", "logs", "stem", "-n", "3", "--follow"));
        Assert.Equal("one\n\ntwo\nlast without an end\n", cli.Out);
        Assert.Contains("lines=3", server.Seen[0].Path, StringComparison.Ordinal);
        Assert.Contains("follow=true", server.Seen[0].Path, StringComparison.Ordinal);
        Assert.NotEqual(ExitCodes.Done, await new CliRun().RunAsync(server, "apps", "logs", "stem", "-n", "10001"));
    }

    [Fact]
    public async Task Manifest_is_checked_without_a_daemon_by_path_or_by_name()
    {
        using var folder = new TemporaryFolder();
        var program = folder.Script("program", "exit 0");
        AppUse.WriteManifest(folder.At("apps", "good.yaml"), $"name: good\ncommand: [ \"{program}\", \"{{port}}\" ]\n");
        AppUse.WriteManifest(folder.At("apps", "wrong.yaml"), "name: wrong\ncommand: [ no-such-program-anywhere ]\nprot: 1\n");
        var good = new CliRun { Variables = { ["HOMELAB_HOME"] = folder.Path, ["PATH"] = "/bin" } };
        var wrong = new CliRun { Variables = { ["HOMELAB_HOME"] = folder.Path, ["PATH"] = "/bin" } };

        Assert.Equal(ExitCodes.Done, await good.RunAsync("apps", "check", "good"));
        Assert.Equal($"program: {program}\ngood: ok\n", good.Out);
        Assert.Equal(ExitCodes.Configuration, await wrong.RunAsync("apps", "check", folder.At("apps", "wrong.yaml")));
        Assert.Equal($"{folder.At("apps", "wrong.yaml")}:3:1: prot: is not a known key; did you mean 'port'?\nwrong: 1 problem\n", wrong.Out);
        Assert.Equal(ExitCodes.Configuration, await new CliRun().RunAsync("apps", "check", folder.At("apps", "none.yaml")));
    }
}
