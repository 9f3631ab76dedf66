using Homelab.Cli.Output;
using Homelab.Clients;
using Homelab.Contracts;
using Spectre.Console;

namespace Homelab.Cli;

/// <summary><c>homelab devices --watch</c>: redrawn on a terminal; elsewhere all of it again whenever something changed. Survives a daemon that restarts.</summary>
/// <param name="context">The invocation.</param>
internal sealed class DevicesWatch(CommandContext context)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Until the token ends it, which is a success; the first reading must work.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        try
        {
            var (devices, report) = await DevicesCommand.ReadAsync(context, cancellation).ConfigureAwait(false);
            await (context.Terminal.IsRich
                ? context.Terminal.RichOut().Live(RichRenderer.Render(report)).StartAsync(live => RedrawAsync(live, cancellation))
                : PrintChangesAsync(devices, report, cancellation)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl-C is how a watch ends.
        }

        return ExitCodes.Done;
    }

    private async Task RedrawAsync(LiveDisplayContext live, CancellationToken cancellation)
    {
        live.Refresh();
        while (true)
        {
            var (_, report) = await NextAsync(cancellation).ConfigureAwait(false);
            live.UpdateTarget(RichRenderer.Render(report));
        }
    }

    private async Task PrintChangesAsync(IReadOnlyList<DeviceWire> devices, Report report, CancellationToken cancellation)
    {
        var last = "";
        while (true)
        {
            if (Describe(devices) is var now && now != last)
            {
                Print(devices, report);
                last = now;
            }

            (devices, report) = await NextAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task<(IReadOnlyList<DeviceWire> Devices, Report Report)> NextAsync(CancellationToken cancellation)
    {
        var said = "";
        while (true)
        {
            await Task.Delay(Interval, context.Time, cancellation).ConfigureAwait(false);
            try
            {
                return await DevicesCommand.ReadAsync(context, cancellation).ConfigureAwait(false);
            }
            catch (ControlException problem) when (problem.IsTransient)
            {
                if (problem.Message != said)
                {
                    said = problem.Message;
                    context.Terminal.Note($"homelab: {said}; trying again");
                }
            }
        }
    }

    /// <summary>What counts as a change: memory and trouble. Sensors differ every second, and so does a problem that tells how long it has lasted.</summary>
    private static string Describe(IReadOnlyList<DeviceWire> devices) =>
        string.Join('\n', devices.Select(d => $"{d.Name} {d.FreeBytes} {d.TotalBytes} {d.UsedByModelsBytes} {(d.StaleSeconds is not null ? "stale" : d.Problem)}"));

    private void Print(IReadOnlyList<DeviceWire> devices, Report report)
    {
        if (context.Terminal.Json)
        {
            context.Terminal.WriteJsonLine(devices, ContractsJson.Default.IReadOnlyListDeviceWire);
        }
        else
        {
            context.Terminal.WriteLine($"{TimeZoneInfo.ConvertTime(context.Now, context.Time.LocalTimeZone):HH:mm:ss}");
            context.Terminal.Write(report);
        }
    }
}
