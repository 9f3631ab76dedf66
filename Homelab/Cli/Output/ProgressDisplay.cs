using Homelab.Contracts;
using Spectre.Console;

namespace Homelab.Cli.Output;

/// <summary>Shows on standard error how a long command goes: a bar on a terminal; elsewhere a line per phase and per ten percent.</summary>
/// <param name="terminal">Where.</param>
/// <param name="time">For rates.</param>
/// <param name="title">What is done to what.</param>
internal sealed class ProgressDisplay(Terminal terminal, TimeProvider time, string title)
{
    private readonly ProgressMeter _meter = new();
    private readonly long _began = time.GetTimestamp();
    private string _phase = "";
    private int _tenths = -1;

    /// <summary>Shows until the last report and returns it.</summary>
    public async Task<ProgressWire> ShowAsync(IAsyncEnumerable<ProgressWire> steps)
    {
        if (!terminal.ErrorIsRich)
        {
            return await FollowAsync(steps, Print).ConfigureAwait(false);
        }

        var last = new ProgressWire("done", Done: true);
        var console = terminal.RichError();
        await console
            .Live(RichRenderer.Render(Cell.Of(title, Tone.Strong)))
            .AutoClear(true)
            .StartAsync(async live => last = await FollowAsync(steps, reading => live.UpdateTarget(RichRenderer.Render(reading.ToBar(title, console.Profile.Width)))).ConfigureAwait(false))
            .ConfigureAwait(false);
        return last;
    }

    private async Task<ProgressWire> FollowAsync(IAsyncEnumerable<ProgressWire> steps, Action<ProgressReading> show)
    {
        var last = new ProgressWire("done", Done: true);
        await foreach (var step in steps.ConfigureAwait(false))
        {
            last = step;
            var reading = _meter.Observe(step, time.GetElapsedTime(_began));
            if (!step.Done)
            {
                show(reading);
            }
        }

        return last;
    }

    private void Print(ProgressReading reading)
    {
        var tenths = reading.Fraction is { } fraction ? (int)(fraction * 10) : -1;
        var phase = reading.Activity;
        if (phase == _phase && tenths <= _tenths)
        {
            return;
        }

        (_phase, _tenths) = (phase, tenths);
        var facts = reading.Facts;
        terminal.Note($"{title}: {phase}{(reading.Fraction is { } part ? " " + Units.Percent(part) : "")}{(facts.Length > 0 ? $" ({facts})" : "")}");
    }
}
