using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Homelab.Bench.Cluster;

/// <summary>The hub's figures: what many machines cost it, and what it adds to a request on its way to a machine.</summary>
internal static class ClusterMeasurement
{
    private static readonly int[] Swarms = [1_000, 10_000];

    private static readonly Scenario[] Scenarios = [Scenario.Json(1), Scenario.Json(32), Scenario.Stream(1), Scenario.Stream(32)];

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(20);

    public static int Run(BenchOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("homelab-bench-").FullName;
        try
        {
            var swarms = Swarms.Select(count => MeasureSwarm(options, Path.Combine(folder, $"swarm{count}"), count)).ToArray();
            Console.Write(Table(swarms));
            Console.Write(MeasureRoute(options, Path.Combine(folder, "route")));
            return swarms.Sum(s => s.Errors) == 0 ? 0 : 1;
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine($"bench: {e.Message}");
            return 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static SwarmResult MeasureSwarm(BenchOptions options, string folder, int count)
    {
        Say(Inv($"a hub with {count} machines that report every {Swarm.Interval.TotalSeconds:0} s, {Period.TotalSeconds:0} s"));
        Directory.CreateDirectory(folder);
        using var hub = StartHub(options, folder, out var hubLog);
        hub.WaitForPort(hubLog);
        var log = Path.Combine(folder, "swarm.log");
        using var swarm = Target.Start("swarm", hub.Port, log, new Dictionary<string, string>(), Environment.ProcessPath!, Self("swarm", Text(hub.Port), Text(count), Text((int)Period.TotalSeconds)));
        Line(log, "measuring", TimeSpan.FromMinutes(6));
        var began = Stopwatch.GetTimestamp();
        var busy = hub.ProcessorTime();
        var result = Line(log, "result ", Period + TimeSpan.FromMinutes(1)).Split(' ');
        var elapsed = Stopwatch.GetElapsedTime(began);
        return new SwarmResult(
            count,
            double.Parse(result[1], CultureInfo.InvariantCulture) / elapsed.TotalSeconds,
            (hub.ProcessorTime() - busy) / elapsed,
            hub.ResidentBytes(),
            double.Parse(result[4], CultureInfo.InvariantCulture),
            double.Parse(result[5], CultureInfo.InvariantCulture),
            int.Parse(result[2], CultureInfo.InvariantCulture));
    }

    /// <summary>client - mock; client - daemon - mock; client - hub - daemon - mock.</summary>
    private static string MeasureRoute(BenchOptions options, string folder)
    {
        Say("a hot route through hub and daemon");
        Directory.CreateDirectory(folder);
        var targets = new Targets(folder);
        using var mock = targets.StartMock();
        using var hub = StartHub(options, folder, out var hubLog);
        hub.WaitForPort(hubLog);
        using var daemon = targets.StartHomelab(options.Executable, mock, new Dictionary<string, string>
        {
            ["HOMELAB_DAEMON__HUB"] = Inv($"http://127.0.0.1:{hub.Port}"),
            ["HOMELAB_DAEMON__JOIN_TOKEN"] = Swarm.Token,
        });
        daemon.WaitForPort(targets.HomelabLog);
        LoadGenerator.RunCount(daemon, Scenario.Json(1), 1);
        Until(() => ControlCall.Get(hub.Port, "/v1/models")?.Contains(Scenario.Model, StringComparison.Ordinal) == true, "the hub lists no model of the daemon");

        Target[] all = [mock, daemon, hub];
        var results = new Dictionary<(string, string), List<LoadResult>>();
        foreach (var target in all)
        {
            foreach (var scenario in Scenarios)
            {
                LoadGenerator.Run(target, scenario, TimeSpan.FromSeconds(0.7));
                results[(scenario.Name, target.Name)] = [];
            }
        }

        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var scenario in Scenarios)
            {
                for (var turn = 0; turn < all.Length; turn++)
                {
                    var target = all[(turn + round) % all.Length];
                    var result = LoadGenerator.Run(target, scenario, options.Period);
                    if (result.Errors > 0)
                    {
                        throw new InvalidOperationException($"{target.Name}, {scenario.Name}: {result.FirstError}");
                    }

                    results[(scenario.Name, target.Name)].Add(result);
                }
            }
        }

        var text = new StringBuilder();
        text.AppendLine();
        text.AppendLine(Inv($"Medians of {options.Rounds} interleaved rounds of {options.Period.TotalSeconds} s."));
        text.AppendLine();
        text.AppendLine("| added to p50, µs | daemon alone | hub and daemon | ratio |");
        text.AppendLine("| --- | ---: | ---: | ---: |");
        foreach (var scenario in Scenarios)
        {
            double Added(Target target) => Median.Of(results[(scenario.Name, target.Name)].Select((r, i) => r.Percentile(0.5) - results[(scenario.Name, mock.Name)][i].Percentile(0.5)));
            text.AppendLine(Inv($"| {scenario.Name} | {Added(daemon):0} | {Added(hub):0} | {Added(hub) / Added(daemon):0.0} |"));
        }

        return text.ToString();
    }

    private static Target StartHub(BenchOptions options, string folder, out string log)
    {
        log = Path.Combine(folder, "hub.log");
        var home = Directory.CreateDirectory(Path.Combine(folder, "hub")).FullName;
        var port = Target.FreePort();
        return Target.Start("hub", port, log, new Dictionary<string, string>
        {
            ["HOMELAB_HOME"] = home,
            ["HOMELAB_HUB__LISTEN"] = Inv($"127.0.0.1:{port}"),
            ["HOMELAB_HUB__JOIN_TOKEN"] = Swarm.Token,
        }, options.Executable, "hub", "--log-level", "error");
    }

    private static string Table(IReadOnlyList<SwarmResult> swarms)
    {
        var text = new StringBuilder();
        text.AppendLine(Inv($"One run each, {Period.TotalSeconds:0} s; the machines are played by another process on the same {Environment.ProcessorCount} cores."));
        text.AppendLine();
        text.AppendLine("| machines | heartbeats/s | hub: of one core | hub: resident MB | heartbeat p50 / p99, ms |");
        text.AppendLine("| ---: | ---: | ---: | ---: | ---: |");
        foreach (var swarm in swarms)
        {
            text.AppendLine(Inv($"| {swarm.Nodes} | {swarm.PerSecond:0} | {swarm.Core * 100:0.0} % | {swarm.ResidentBytes / 1e6:0} | {swarm.P50:0.0} / {swarm.P99:0.0} |{(swarm.Errors > 0 ? Inv($" **{swarm.Errors} failed**") : "")}"));
        }

        return text.ToString();
    }

    /// <summary>This program again, in another part.</summary>
    private static string[] Self(params string[] arguments) =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(ClusterMeasurement).Assembly.Location, .. arguments] : arguments;

    private static string Line(string log, string start, TimeSpan limit)
    {
        string? found = null;
        Until(() => (found = Read(log).FirstOrDefault(l => l.StartsWith(start, StringComparison.Ordinal))) is not null, $"no '{start}' in {log}", limit);
        return found!;
    }

    private static string[] Read(string log)
    {
        if (!File.Exists(log))
        {
            return [];
        }

        using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n');
    }

    private static void Until(Func<bool> holds, string otherwise, TimeSpan? limit = null)
    {
        var began = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(began) > (limit ?? TimeSpan.FromSeconds(30)))
            {
                throw new InvalidOperationException(otherwise);
            }

            Thread.Sleep(20);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Say(string text) => Console.Error.WriteLine($"bench: {text}");
}
