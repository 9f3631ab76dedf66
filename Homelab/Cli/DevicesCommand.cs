using System.CommandLine;
using Homelab.Cli.Output;
using Homelab.Cli.Views;
using Homelab.Clients;
using Homelab.Contracts;
using Homelab.Control;

namespace Homelab.Cli;

/// <summary><c>homelab devices</c>: what memory there is and who has it. The daemon of this machine knows most; where none runs, the devices are read here and
/// now. With an address, what answers there says.</summary>
internal static class DevicesCommand
{
    public static Command Create(CommandAction action)
    {
        var watch = new Option<bool>("--watch", "-w") { Description = "Keep showing it, once a second, until Ctrl-C" };
        var command = new Command("devices", "Show the memory of this machine, with or without a daemon; with --url, of the machines that answer there") { watch };
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
        if (await AskAsync(context, cancellation).ConfigureAwait(false) is { } nodes)
        {
            return ([.. nodes.SelectMany(n => n.Devices)], new Report().Table(DeviceListView.Grid(nodes, context.Terminal.IsRich)));
        }

        // Who uses the memory only a daemon knows: here everything used is somebody's.
        var probe = context.World.Probe;
        DeviceWire[] devices =
        [
            .. probe.Read().Select(d => new DeviceWire(d.Name, DeviceView.Kind(d.Kind), d.Total.Bytes, (d.Free ?? d.Total).Bytes, 0, (d.Total - (d.Free ?? d.Total)).Bytes)
                .With(d.Facts).WithPrograms(d.Facts)),
        ];
        return (devices, DeviceView.Build(devices, probe.LeftOut, context.Terminal.IsRich));
    }

    /// <summary>What the daemon or hub says; null where no address was given and this machine's daemon does not answer, so that the devices are to be read here.</summary>
    private static async Task<IReadOnlyList<NodeWire>?> AskAsync(CommandContext context, CancellationToken cancellation)
    {
        try
        {
            return await context.Client.NodesAsync(cancellation).ConfigureAwait(false);
        }
        catch (ControlException problem) when (!context.HasAddress)
        {
            if (problem.ExitCode != ControlException.NobodyAnswers)
            {
                context.Terminal.Note($"homelab: {problem.Message}; reading the devices here instead");
            }

            return null;
        }
    }
}
