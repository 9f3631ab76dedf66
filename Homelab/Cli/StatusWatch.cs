using Homelab.Cli.Output;
using Homelab.Cli.Views;
using Homelab.Clients;
using Homelab.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Homelab.Cli;

/// <summary><c>homelab status --watch</c>: redrawn on a terminal; elsewhere a line whenever something changed. Survives a daemon that restarts.</summary>
/// <param name="context">The invocation.</param>
internal sealed class StatusWatch(CommandContext context)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Until the token ends it, which is a success; the first reading must work.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        try
        {
            var (status, nodes) = await StatusCommand.ReadAsync(context, cancellation).ConfigureAwait(false);
            if (context.Terminal.IsRich)
            {
                var first = Draw(status, nodes);
                await context.Terminal.RichOut().Live(first).StartAsync(live => RedrawAsync(live, first, cancellation)).ConfigureAwait(false);
            }
            else
            {
                await PrintChangesAsync(status, nodes, cancellation).ConfigureAwait(false);
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
                var (status, nodes) = await StatusCommand.ReadAsync(context, cancellation).ConfigureAwait(false);
                last = Draw(status, nodes);
                live.UpdateTarget(last);
            }
            catch (ControlException problem) when (problem.IsTransient)
            {
                live.UpdateTarget(new Rows(last, new Text(" "), RichRenderer.Render(Cell.Of(problem.Message + "; trying again", Tone.Bad))));
            }
        }
    }

    private async Task PrintChangesAsync(StatusWire status, IReadOnlyList<NodeWire> nodes, CancellationToken cancellation)
    {
        var last = "";
        while (true)
        {
            var line = StatusLine.Describe(status, nodes);
            if (line != last)
            {
                last = line;
                Print(status, line);
            }

            while (true)
            {
                await Task.Delay(Interval, context.Time, cancellation).ConfigureAwait(false);
                try
                {
                    (status, nodes) = await StatusCommand.ReadAsync(context, cancellation).ConfigureAwait(false);
                    break;
                }
                catch (ControlException problem) when (problem.IsTransient)
                {
                    if (problem.Message != last)
                    {
                        last = problem.Message;
                        context.Terminal.Note($"homelab: {last}; trying again");
                    }
                }
            }
        }
    }

    private void Print(StatusWire status, string line)
    {
        if (context.Terminal.Json)
        {
            context.Terminal.WriteJsonLine(status, ContractsJson.Default.StatusWire);
        }
        else
        {
            context.Terminal.WriteLine($"{TimeZoneInfo.ConvertTime(context.Now, context.Time.LocalTimeZone):HH:mm:ss}  {line}");
        }
    }

    private IRenderable Draw(StatusWire status, IReadOnlyList<NodeWire> nodes) =>
        RichRenderer.Render(StatusView.Build(status, nodes, context.Now, rich: true));
}
