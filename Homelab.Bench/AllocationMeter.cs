using System.Globalization;

namespace Homelab.Bench;

/// <summary>Reads from the daemon's metrics how many bytes it allocated.</summary>
internal static class AllocationMeter
{
    private const string Metric = "dotnet_allocated_bytes_total ";

    /// <returns>NaN where the daemon does not say.</returns>
    public static double Read(Target target)
    {
        var metrics = ControlCall.Get(target.Port, "/metrics") ?? "";
        foreach (var line in metrics.Split('\n'))
        {
            if (line.StartsWith(Metric, StringComparison.Ordinal) && line.LastIndexOf(' ') is var space && space > 0 &&
                double.TryParse(line.AsSpan(space + 1), CultureInfo.InvariantCulture, out var value))
            {
                return value;
            }
        }

        return double.NaN;
    }

    /// <summary>Bytes that one JSON answer costs, beside what reading the metrics costs.</summary>
    public static double PerRequest(Target target)
    {
        const int requests = 500;
        LoadGenerator.RunCount(target, Scenario.Json(8), 50);
        return Between(target, () => LoadGenerator.RunCount(target, Scenario.Json(8), requests)) / (8 * requests);
    }

    /// <summary>Bytes that one more chunk costs: streams of 264 and of 64 chunks that come one by one, compared.</summary>
    public static double PerChunk(Target target)
    {
        const int connections = 16;
        const int streams = 2;
        LoadGenerator.RunCount(target, Scenario.Paced(connections, 64, 2), 1);
        var few = Between(target, () => LoadGenerator.RunCount(target, Scenario.Paced(connections, 64, 2), streams));
        var many = Between(target, () => LoadGenerator.RunCount(target, Scenario.Paced(connections, 264, 2), streams));
        return (many - few) / (connections * streams * 200);
    }

    private static double Between(Target target, Action work)
    {
        var empty = -Read(target) + Read(target);
        var before = Read(target);
        work();
        return Read(target) - before - empty;
    }
}
