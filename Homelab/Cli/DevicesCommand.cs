using System.CommandLine;
using Homelab.Cli.Output;
using Homelab.Cli.Views;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Memory;

namespace Homelab.Cli;

/// <summary><c>homelab devices</c>: what memory this machine has, read here and now; with an address, what the daemon there says.</summary>
internal static class DevicesCommand
{
    public static Command Create(CommandAction action) =>
        action.On(new Command("devices", "Show the memory of this machine, without a daemon; with --url, of the machines that answer there"), async (context, cancellation) =>
        {
            if (context.HasAddress)
            {
                var nodes = await context.Client.NodesAsync(cancellation).ConfigureAwait(false);
                Show(context.Terminal, nodes);
            }
            else
            {
                Show(context.Terminal, context.World.Probe.Read());
            }

            return ExitCodes.Done;
        });

    private static void Show(Terminal terminal, IReadOnlyList<NodeWire> nodes)
    {
        if (terminal.Json)
        {
            terminal.WriteJson([.. nodes.SelectMany(n => n.Devices)], ContractsJson.Default.IReadOnlyListDeviceWire);
        }
        else
        {
            terminal.Write(new Report().Table(DeviceListView.Grid(nodes, terminal.IsRich)));
        }
    }

    private static void Show(Terminal terminal, IReadOnlyList<DeviceReading> devices)
    {
        // Who uses the memory only a daemon knows: here everything used is somebody's.
        DeviceWire[] wires = [.. devices.Select(d => new DeviceWire(d.Name, DeviceView.Kind(d.Kind), d.Total.Bytes, (d.Free ?? d.Total).Bytes, 0, (d.Total - (d.Free ?? d.Total)).Bytes).With(d.Facts).WithPrograms(d.Facts))];
        if (terminal.Json)
        {
            terminal.WriteJson(wires, ContractsJson.Default.IReadOnlyListDeviceWire);
        }
        else
        {
            terminal.Write(DeviceView.Build(wires, terminal.IsRich));
        }
    }
}
