using Homelab.Cli;
using Homelab.Contracts;
using Homelab.Tests.Snapshots;

namespace Homelab.Tests.Cli;

/// <summary><c>nodes</c>, <c>explain</c> and <c>devices</c>.</summary>
public sealed class ReadingCommandsTests
{
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
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("devices"));
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Devices_of_another_machine_are_asked_for_by_address()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "devices", "--output", "json"));
        Assert.Contains("\"name\": \"gpu0\"", cli.Out);
    }
}
