using System.Diagnostics;

namespace Homelab.Bench;

/// <summary>Closed-loop load: a number of connections, each with one request at a time.</summary>
internal static class LoadGenerator
{
    public static LoadResult Run(Target target, Scenario scenario, TimeSpan period) =>
        Run(target.Port, scenario, Stopwatch.GetTimestamp() + (long)(period.TotalSeconds * Stopwatch.Frequency), int.MaxValue, target);

    /// <summary>Exactly <paramref name="count"/> answers on each connection.</summary>
    public static LoadResult RunCount(Target target, Scenario scenario, int count) =>
        Run(target.Port, scenario, Stopwatch.GetTimestamp() + (60 * Stopwatch.Frequency), count, target);

    private static LoadResult Run(int port, Scenario scenario, long deadline, int count, Target target)
    {
        var request = scenario.Encode(port);
        var connections = Enumerable.Range(0, scenario.Connections).Select(_ => new LoadConnection(port, request, scenario.Events)).ToArray();
        var threads = connections.Select(c => new Thread(() => c.Run(deadline, count), 256 * 1024)).ToArray();
        var busyBefore = target.ProcessorTime();
        var started = Stopwatch.GetTimestamp();
        foreach (var thread in threads)
        {
            thread.Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        var elapsed = Stopwatch.GetElapsedTime(started);
        var latencies = connections.SelectMany(c => c.Latencies).ToArray();
        Array.Sort(latencies);
        return new LoadResult(
            latencies,
            elapsed,
            target.ProcessorTime() - busyBefore,
            connections.Sum(c => c.Errors),
            connections.Select(c => c.FirstError).FirstOrDefault(e => e is not null));
    }
}
