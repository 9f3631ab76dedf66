using System.CommandLine;
using Homelab.Cli.Output;
using Homelab.Cli.Views;
using Homelab.Contracts;
using Homelab.Control;

namespace Homelab.Cli;

/// <summary><c>homelab devices</c>: what memory this machine has, read here and now; with an address, what the daemon there says.</summary>
internal static class DevicesCommand
{
    public static Command Create(CommandAction action)
    {
        var watch = new Option<bool>("--watch", "-w") { Description = "Keep showing it, once a second, until Ctrl-C" };
        var command = new Command("devices", "Show the memory of this machine, without a daemon; with --url, of the machines that answer there") { watch };
        return action.On(command, async (context, cancellation) =>
        {
            if (context.Arguments.GetValue(watch))
            {
                return await new DevicesWatch(context).RunAsync(cancellation).ConfigureAwait(false);
            }

            var (devices, report) = await ReadAsync(context, cancellation).ConfigureAwait(false);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(devices, ContractsJson.Default.IReadOnlyListDeviceWire);
            }
            else
            {
                context.Terminal.Write(report);
            }

            return ExitCodes.Done;
        });
    }

    /// <summary>The devices now, and how people are shown them.</summary>
    internal static async Task<(IReadOnlyList<DeviceWire> Devices, Report Report)> ReadAsync(CommandContext context, CancellationToken cancellation)
    {
        if (context.HasAddress)
        {
            var nodes = await context.Client.NodesAsync(cancellation).ConfigureAwait(false);
            return ([.. nodes.SelectMany(n => n.Devices)], new Report().Table(DeviceListView.Grid(nodes, context.Terminal.IsRich)));
        }

        // Who uses the memory only a daemon knows: here everything used is somebody's.
        var probe = context.World.Probe;
        DeviceWire[] devices = [.. probe.Read().Select(d => new DeviceWire(d.Name, DeviceView.Kind(d.Kind), d.Total.Bytes, (d.Free ?? d.Total).Bytes, 0, (d.Total - (d.Free ?? d.Total)).Bytes).With(d.Facts))];
        return (devices, DeviceView.Build(devices, probe.LeftOut, context.Terminal.IsRich));
    }
}
