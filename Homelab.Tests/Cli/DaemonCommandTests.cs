using Homelab.Cli;
using Homelab.Configuration;

namespace Homelab.Tests.Cli;

/// <summary>What the flags of <c>homelab daemon</c> do to the configuration.</summary>
public sealed class DaemonCommandTests
{
    [Fact]
    public void Flags_stand_above_the_file()
    {
        var loaded = ConfigurationLoader.LoadText("daemon: { listen: 127.0.0.1:1 }", flags: DaemonCommand.Overrides(["127.0.0.1:2", "[::1]:2"], simulate: true));

        Assert.Empty(loaded.Problems);
        Assert.Equal(["127.0.0.1:2", "[::1]:2"], loaded.Config!.Daemon.Listen);
        Assert.True(loaded.Config.Daemon.Engines.Simulated.Enabled);
    }

    [Fact]
    public void No_flags_change_nothing() => Assert.Empty(DaemonCommand.Overrides([], simulate: false));

    [Fact]
    public async Task Wrong_flag_is_named_as_the_source_of_the_problem()
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Configuration, await cli.RunAsync("daemon", "--listen", "nowhere"));
        Assert.StartsWith("--listen: daemon.listen", cli.Error);
    }
}
