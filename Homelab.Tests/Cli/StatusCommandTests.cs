using Homelab.Cli;
using Homelab.Contracts;
using Homelab.Tests.Snapshots;

namespace Homelab.Tests.Cli;

/// <summary><c>homelab status</c>, once and watching.</summary>
public sealed class StatusCommandTests
{
    [Fact]
    public async Task Status_without_a_terminal_is_plain_aligned_text()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "status"));
        Assert.Equal("", cli.Error);
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Status_on_a_terminal_is_coloured_and_has_the_same_facts()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var cli = new CliRun { IsTerminal = true };

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "status"));
        VerifiedSnapshot.Match(cli.Out.Replace("\e", "<ESC>"));
    }

    [Fact]
    public async Task Every_output_ends_with_a_line_end()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus(null, SampleWires.Node with { Replicas = [] });
        var plain = new CliRun();
        var rich = new CliRun { IsTerminal = true };

        await plain.RunAsync(server, "status");
        await rich.RunAsync(server, "status");
        Assert.EndsWith("loads what it needs.\n", plain.Out);
        Assert.EndsWith("loads what it needs.\n", rich.Out);
    }

    [Theory]
    [InlineData("NO_COLOR", "1")]
    [InlineData("TERM", "dumb")]
    public async Task Status_on_a_terminal_that_wants_no_colour_is_plain(string variable, string value)
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var plain = new CliRun();
        var asked = new CliRun { IsTerminal = true };
        asked.Variables[variable] = value;

        await plain.RunAsync(server, "status");
        await asked.RunAsync(server, "status");
        Assert.Equal(plain.Out, asked.Out);
    }

    [Fact]
    public async Task No_color_option_is_plain_too()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var cli = new CliRun { IsTerminal = true };

        await cli.RunAsync(server, "status", "--no-color");
        Assert.DoesNotContain('\e', cli.Out);
    }

    [Fact]
    public async Task Simulated_engine_is_named_in_capitals()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus(SampleWires.SimulatedStatus, SampleWires.Node with { Engines = ["simulated"] });
        var cli = new CliRun();

        await cli.RunAsync(server, "status");
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Status_as_json_is_the_control_apis_own()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var cli = new CliRun { IsTerminal = true };

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "status", "--output", "json"));
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Names_from_elsewhere_reach_no_terminal_as_control_codes_or_markup()
    {
        const string name = "[red]x[/]\u001b[2J\u202e:8b";
        await using var server = (await FakeControlServer.StartAsync())
            .WithStatus(null, SampleWires.Node with { Replicas = [new ReplicaWire(name, "hot", 1, 0, null)] });
        var plain = new CliRun();
        var rich = new CliRun { IsTerminal = true };

        await plain.RunAsync(server, "status");
        await rich.RunAsync(server, "status");
        Assert.Contains("[red]x[/]?[2J?:8b", plain.Out);
        Assert.DoesNotContain('\e', plain.Out);
        Assert.Contains("[red]x[/]?[2J?:8b", rich.Out);
        Assert.DoesNotContain("\e[2J", rich.Out);
        Assert.DoesNotContain('\u202e', rich.Out);
    }

    [Fact]
    public async Task Watch_without_a_terminal_prints_a_line_per_change_and_ends_cleanly()
    {
        using var stop = new CancellationTokenSource();
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var asked = 0;
        server.On("GET", ControlRoutes.Status, context =>
        {
            var n = Interlocked.Increment(ref asked);
            if (n == 6)
            {
                stop.Cancel();
            }

            var status = SampleWires.Status with { UptimeSeconds = n, QueueDepth = n < 4 ? 1 : 2 };
            return FakeControlServer.JsonAsync(context, status, ContractsJson.Default.StatusWire);
        });
        var cli = new CliRun();
        cli.Variables["HOMELAB_URL"] = server.Address.ToString();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(stop.Token, "status", "--watch"));
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Watch_goes_on_when_the_daemon_restarts()
    {
        using var stop = new CancellationTokenSource();
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var asked = 0;
        server.On("GET", ControlRoutes.Status, context =>
        {
            var n = Interlocked.Increment(ref asked);
            if (n is > 1 and < 8)
            {
                context.Response.StatusCode = 503;
                return Task.CompletedTask;
            }

            if (n == 9)
            {
                stop.Cancel();
            }

            return FakeControlServer.JsonAsync(context, SampleWires.Status with { Leases = n }, ContractsJson.Default.StatusWire);
        });
        var cli = new CliRun();
        cli.Variables["HOMELAB_URL"] = server.Address.ToString();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(stop.Token, "status", "--watch"));
        Assert.Contains("answered 503; trying again", cli.Error);
        Assert.Contains("8 running", cli.Out);
    }

    [Fact]
    public async Task Watch_on_a_terminal_redraws_and_shows_the_cursor_again()
    {
        using var stop = new CancellationTokenSource();
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var asked = 0;
        server.On("GET", ControlRoutes.Status, context =>
        {
            if (Interlocked.Increment(ref asked) == 4)
            {
                stop.Cancel();
            }

            return FakeControlServer.JsonAsync(context, SampleWires.Status with { QueueDepth = asked }, ContractsJson.Default.StatusWire);
        });
        var cli = new CliRun { IsTerminal = true };
        cli.Variables["HOMELAB_URL"] = server.Address.ToString();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(stop.Token, "status", "--watch"));
        Assert.Contains("1 waiting", cli.Out);
        Assert.Contains("2 waiting", cli.Out);
        Assert.True(cli.Out.LastIndexOf("\e[?25h", StringComparison.Ordinal) > cli.Out.LastIndexOf("\e[?25l", StringComparison.Ordinal));
    }
}
