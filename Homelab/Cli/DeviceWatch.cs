using System.Collections.Immutable;
using Homelab.Cli.Output;
using Homelab.Cli.Views;
using Homelab.Clients;
using Homelab.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Homelab.Cli;

/// <summary><c>homelab devices --watch</c>: redrawn on a terminal; elsewhere a line whenever memory or a problem changed, sensors alone being no change. Survives a
/// daemon that restarts.</summary>
/// <param name="context">The invocation.</param>
internal sealed class DeviceWatch(CommandContext context)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Until the token ends it, which is a success; the first reading must work.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        try
        {
            var first = await ReadAsync(cancellation).ConfigureAwait(false);
            if (context.Terminal.IsRich)
            {
                var drawn = Draw(first);
                await context.Terminal.RichOut().Live(drawn).StartAsync(live => RedrawAsync(live, drawn, cancellation)).ConfigureAwait(false);
            }
            else
            {
                await PrintChangesAsync(first, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl-C is how a watch ends.
        }

        return ExitCodes.Done;
    }

    private async Task RedrawAsync(LiveDisplayContext live, IRenderable last, CancellationToken cancellation)
    {
        live.Refresh();
        while (true)
        {
            await Task.Delay(Interval, context.Time, cancellation).ConfigureAwait(false);
            try
            {
                last = Draw(await ReadAsync(cancellation).ConfigureAwait(false));
                live.UpdateTarget(last);
            }
            catch (ControlException problem) when (problem.IsTransient)
            {
                live.UpdateTarget(new Rows(last, new Text(" "), RichRenderer.Render(Cell.Of(problem.Message + "; trying again", Tone.Bad))));
            }
        }
    }

    private async Task PrintChangesAsync(IReadOnlyList<NodeWire> nodes, CancellationToken cancellation)
    {
        var (last, trouble) = ("", "");
        while (true)
        {
            if (Describe(nodes) is var line && line != last)
            {
                last = line;
                Print(nodes, line);
            }

            await Task.Delay(Interval, context.Time, cancellation).ConfigureAwait(false);
            try
            {
                nodes = await ReadAsync(cancellation).ConfigureAwait(false);
                trouble = "";
            }
            catch (ControlException problem) when (problem.IsTransient)
            {
                if (problem.Message != trouble)
                {
                    trouble = problem.Message;
                    context.Terminal.Note($"homelab: {trouble}; trying again");
                }
            }
        }
    }

    /// <summary>The machines; without a daemon one without a name, whose devices are read here.</summary>
    private async Task<IReadOnlyList<NodeWire>> ReadAsync(CancellationToken cancellation) =>
        await DevicesCommand.AskAsync(context, cancellation).ConfigureAwait(false)
        ?? [new NodeWire("", "", "", "", [], DevicesCommand.Wires(context.World.Probe.Read()), [], 0, ImmutableDictionary<string, string>.Empty)];

    private void Print(IReadOnlyList<NodeWire> nodes, string line)
    {
        if (context.Terminal.Json)
        {
            context.Terminal.WriteJsonLine([.. nodes.SelectMany(n => n.Devices)], ContractsJson.Default.IReadOnlyListDeviceWire);
        }
        else
        {
            context.Terminal.WriteLine($"{TimeZoneInfo.ConvertTime(context.Now, context.Time.LocalTimeZone):HH:mm:ss}  {line}");
        }
    }

    private static string Describe(IReadOnlyList<NodeWire> nodes) => string.Join("; ", nodes.SelectMany(node => node.Devices.Select(device =>
        $"{(nodes.Count > 1 ? node.Name + " " : "")}{device.Name} {Units.Bytes(device.FreeBytes)} free of {Units.Bytes(device.TotalBytes)}{Trouble(device)}")));

    // A problem that tells how long it has lasted is another text every second, and no change.
    private static string Trouble(DeviceWire device) => device.StaleSeconds is not null ? ", cannot be read now" : device.Problem is { } problem ? ", " + problem : "";

    private static IRenderable Draw(IReadOnlyList<NodeWire> nodes) => RichRenderer.Render(new Report().Table(DeviceListView.Grid(nodes, rich: true)));
}
