using System.Collections.Immutable;
using Homelab.Cli;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Hardware;

namespace Homelab.Tests.Cli;

public sealed class DevicesCommandTests
{
    [Fact]
    public async Task Gpus_that_do_not_count_are_named_below_with_why_and_not_in_json()
    {
        var cli = new CliRun { Probe = new FixedProbe(Ram(10)) { LeftOut = ["0000:c4:00.0, a GPU that is part of the processor"] } };
        Assert.Equal(ExitCodes.Done, await cli.RunAsync("devices"));
        Assert.EndsWith("not counted: 0000:c4:00.0, a GPU that is part of the processor\n", cli.Out, StringComparison.Ordinal);

        var json = new CliRun { Probe = cli.Probe };
        Assert.Equal(ExitCodes.Done, await json.RunAsync("devices", "--output", "json"));
        Assert.DoesNotContain("c4:00.0", json.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_without_a_terminal_prints_again_what_changed_and_ends_cleanly()
    {
        using var stop = new CancellationTokenSource();
        var cli = new CliRun { Probe = new ShrinkingProbe(stop) };

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(stop.Token, "devices", "--watch", "--output", "json"));
        Assert.Equal(
            ["10737418240", "10737418239"],
            cli.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("\"free_bytes\":")[1].Split(',')[0]));
    }

    private static DeviceReading Ram(int freeGibibytes) => new("ram", DeviceKind.Ram, ByteSize.FromGibibytes(16), ByteSize.FromGibibytes(freeGibibytes));

    /// <summary>Three readings alike, then a byte less.</summary>
    private sealed class ShrinkingProbe(CancellationTokenSource stop) : IDeviceProbe
    {
        private int _readings;

        public ImmutableArray<DeviceReading> Read()
        {
            if (++_readings == 6)
            {
                stop.Cancel();
            }

            return [_readings <= 3 ? Ram(10) : Ram(10) with { Free = new ByteSize((10L << 30) - 1) }];
        }
    }
}
