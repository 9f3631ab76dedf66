using System.Diagnostics;

namespace Homelab.Bench;

/// <summary>What one run of load gave.</summary>
/// <param name="Sorted">Latencies in <see cref="Stopwatch"/> ticks, ascending.</param>
/// <param name="Elapsed">How long it ran.</param>
/// <param name="Busy">Processor time that the target spent meanwhile.</param>
/// <param name="Errors">Wrong answers and lost connections.</param>
/// <param name="FirstError">One of them in words.</param>
internal sealed record LoadResult(long[] Sorted, TimeSpan Elapsed, TimeSpan Busy, int Errors, string? FirstError)
{
    public double PerSecond => Sorted.Length / Elapsed.TotalSeconds;

    public double BusyMicrosecondsPerRequest => Sorted.Length == 0 ? double.NaN : Busy.TotalMicroseconds / Sorted.Length;

    /// <summary>The latency in microseconds that the share <paramref name="rank"/> of the answers did not exceed.</summary>
    public double Percentile(double rank) =>
        Sorted.Length == 0 ? double.NaN : Sorted[Math.Min(Sorted.Length - 1, (int)(Sorted.Length * rank))] * 1e6 / Stopwatch.Frequency;
}
