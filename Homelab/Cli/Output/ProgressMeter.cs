using Homelab.Contracts;

namespace Homelab.Cli.Output;

/// <summary>Makes rate and time left out of the reports of a long command. Knows no clock: it is told when each report came.</summary>
internal sealed class ProgressMeter
{
    /// <summary>Half of the weight of a measurement is gone after this long, so a slow moment does not make the estimate jump.</summary>
    private static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ShortestSample = TimeSpan.FromMilliseconds(200);

    private (TimeSpan At, long Bytes, long? Total)? _mark;
    private double? _rate;

    /// <summary>Takes a report in.</summary>
    /// <param name="step">The report.</param>
    /// <param name="at">When it came, on any steady scale.</param>
    public ProgressReading Observe(ProgressWire step, TimeSpan at)
    {
        if (step.CompletedBytes is not { } bytes)
        {
            (_mark, _rate) = (null, null);
        }
        else if (_mark is not { } mark || bytes < mark.Bytes || step.TotalBytes != mark.Total)
        {
            // The first report, or of another file: what was measured stays true of the connection.
            _mark = (at, bytes, step.TotalBytes);
        }
        else if (at - mark.At >= ShortestSample)
        {
            var now = (bytes - mark.Bytes) / (at - mark.At).TotalSeconds;
            var keep = Math.Pow(0.5, (at - mark.At) / HalfLife);
            _rate = _rate is { } before ? (before * keep) + (now * (1 - keep)) : now;
            _mark = (at, bytes, step.TotalBytes);
        }

        return new ProgressReading(step, Fraction(step), _rate, Remaining(step));
    }

    private static double? Fraction(ProgressWire step) => step switch
    {
        { Done: true, Error: null } => 1,
        { Fraction: { } fraction } => Math.Clamp(fraction, 0, 1),
        { CompletedBytes: { } done, TotalBytes: > 0 and var total } => Math.Clamp((double)done / total, 0, 1),
        _ => null,
    };

    private TimeSpan? Remaining(ProgressWire step) => step switch
    {
        { RemainingSeconds: { } seconds } => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 1e8)),
        { CompletedBytes: { } done, TotalBytes: { } total } when _rate is > 1 and var rate && total >= done => TimeSpan.FromSeconds(Math.Min((total - done) / rate, 1e8)),
        _ => null,
    };
}
