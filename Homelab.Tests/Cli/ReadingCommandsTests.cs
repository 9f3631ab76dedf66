using System.Collections.Immutable;
using Homelab.Cli;
using Homelab.Clients;
using Homelab.Contracts;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Hardware;
using Homelab.Tests.Snapshots;

namespace Homelab.Tests.Cli;

/// <summary><c>nodes</c>, <c>explain</c> and <c>devices</c>.</summary>
public sealed class ReadingCommandsTests
{
    private const string Nobody = "http://127.0.0.1:1";

    [Fact]
    public async Task Nodes_are_a_table()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus(
            null, SampleWires.Node, SampleWires.Node with { Id = "n-2", Name = "laptop", State = "suspect", Engines = ["simulated"], HeartbeatAgeSeconds = 17, Replicas = [] });
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "nodes"));
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Nodes_as_json_are_a_list()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var cli = new CliRun();

        await cli.RunAsync(server, "nodes", "--output", "json");
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Explain_shows_the_decision_the_estimate_the_costs_and_the_victims()
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets(ControlRoutes.Explain, SampleWires.Explain, ContractsJson.Default.ExplainWire);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "explain", "a/b c&d"));
        Assert.Equal("/homelab/v1/explain?model=a%2Fb%20c%26d", Assert.Single(server.Seen).Path);
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Devices_are_read_here_without_a_daemon()
    {
        var cli = new CliRun { DefaultAddress = Nobody };

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("devices"));
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Devices_are_asked_of_the_daemon_that_runs_here()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var cli = new CliRun { DefaultAddress = server.Address.ToString() };

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("devices"));
        Assert.Contains("gpu0", cli.Out);
        Assert.Contains("MODELS", cli.Out);
        Assert.Empty(cli.Error);
    }

    [Fact]
    public async Task Devices_are_read_here_and_that_is_said_where_the_daemon_wants_a_key()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("GET", ControlRoutes.Nodes, 401, "invalid_api_key", "a key is needed");
        var cli = new CliRun { DefaultAddress = server.Address.ToString() };

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("devices", "--output", "json"));
        Assert.Contains("\"name\": \"ram\"", cli.Out);
        Assert.Contains("reading the devices here instead", cli.Error);
    }

    [Fact]
    public async Task Address_that_nobody_answers_at_is_an_error_and_not_another_machines_devices()
    {
        var cli = new CliRun();

        Assert.Equal(ControlException.NobodyAnswers, await cli.RunAsync("devices", "--url", Nobody));
        Assert.Empty(cli.Out);
    }

    [Fact]
    public async Task Watch_of_devices_prints_changes_of_memory_and_trouble_and_goes_on_when_the_daemon_restarts()
    {
        using var stop = new CancellationTokenSource();
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var asked = 0;
        server.On("GET", ControlRoutes.Nodes, context =>
        {
            var n = Interlocked.Increment(ref asked);
            if (n == 14)
            {
                stop.Cancel();
            }

            // The client tries a few times before it says so.
            if (n is > 3 and < 10)
            {
                context.Response.StatusCode = 503;
                return Task.CompletedTask;
            }

            var gpu = new DeviceWire("gpu0", "cuda", 24L << 30, (n < 3 ? 20L : 4L) << 30, 0, (n < 3 ? 4L : 20L) << 30) { TemperatureCelsius = n };
            IReadOnlyList<NodeWire> nodes = [SampleWires.Node with { Devices = [n < 12 ? gpu : gpu with { Problem = $"the driver has not answered for {n} s", StaleSeconds = n }] }];
            return FakeControlServer.JsonAsync(context, nodes, ContractsJson.Default.IReadOnlyListNodeWire);
        });
        var cli = new CliRun();
        cli.Variables["HOMELAB_URL"] = server.Address.ToString();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(stop.Token, "devices", "--watch"));

        var blocks = cli.Out.Split("12:00:00", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, blocks.Length);
        Assert.Contains("20 GiB  24 GiB", blocks[0]);
        Assert.Contains("4 GiB  24 GiB", blocks[1]);
        Assert.Contains("the driver has not answered for", blocks[2]);
        Assert.Contains("trying again", cli.Error);
    }

    [Fact]
    public async Task Watch_of_devices_without_a_daemon_redraws_what_is_read_here()
    {
        using var stop = new CancellationTokenSource();
        var cli = new CliRun { DefaultAddress = Nobody, IsTerminal = true, Probe = new EndingProbe(stop, readings: 3) };

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(stop.Token, "devices", "-w"));

        Assert.Contains("9 GiB", cli.Out);
        Assert.Contains("8 GiB", cli.Out);
        Assert.True(cli.Out.LastIndexOf("\e[?25h", StringComparison.Ordinal) > cli.Out.LastIndexOf("\e[?25l", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Devices_of_another_machine_are_asked_for_by_address()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "devices", "--output", "json"));
        Assert.Contains("\"name\": \"gpu0\"", cli.Out);
    }

    /// <summary>A machine whose memory goes by the gibibyte; the last reading ends the command.</summary>
    private sealed class EndingProbe(CancellationTokenSource stop, int readings) : IDeviceProbe
    {
        private int _done;

        public ImmutableArray<DeviceReading> Read()
        {
            if (++_done == readings)
            {
                stop.Cancel();
            }

            return [new DeviceReading("ram", DeviceKind.Ram, ByteSize.FromGibibytes(16), ByteSize.FromGibibytes(10 - _done))];
        }
    }
}
