using System.Globalization;

namespace Homelab.Bench;

/// <summary>The whole run: starts everything, measures in interleaved rounds, prints the report, stops everything.</summary>
internal static class Measurement
{
    private const int StartUps = 11;

    private static readonly Scenario[] Scenarios = [Scenario.Json(1), Scenario.Json(32), Scenario.Stream(1), Scenario.Stream(32)];

    public static int Run(BenchOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("homelab-bench-").FullName;
        var running = new List<Target>();
        try
        {
            return Run(options, new Targets(folder), running);
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine($"bench: {e.Message}");
            return 1;
        }
        finally
        {
            for (var at = running.Count - 1; at >= 0; at--)
            {
                running[at].Dispose();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Run(BenchOptions options, Targets targets, List<Target> running)
    {
        var mock = Started(targets.StartMock(), running);
        Say($"start-up, {StartUps} times");
        var startUps = Enumerable.Range(0, StartUps).Select(_ => StartUp.Measure(targets, options.Executable, mock)).ToArray();

        foreach (var proxy in new[] { ("HAProxy", targets.StartHaproxy(mock)), ("nginx", targets.StartNginx(mock)) })
        {
            if (proxy.Item2 is { } target)
            {
                running.Add(target);
            }
            else
            {
                Say($"{proxy.Item1} is not installed and left out (Debian: sudo apt-get install -y haproxy nginx)");
            }
        }

        var homelab = Started(targets.StartHomelab(options.Executable, mock), running);
        homelab.WaitForPort(targets.HomelabLog);
        LoadGenerator.RunCount(homelab, Scenario.Json(1), 1);
        Thread.Sleep(1500);
        var report = new Report(options, running, startUps, homelab.ResidentBytes());

        Say("warm-up");
        foreach (var target in running)
        {
            foreach (var scenario in Scenarios)
            {
                if (LoadGenerator.Run(target, scenario, TimeSpan.FromSeconds(0.7)) is { Sorted.Length: 0 } failed)
                {
                    Console.Error.WriteLine($"bench: {target.Name} answers no {scenario.Name} request: {failed.FirstError}");
                    return 1;
                }
            }
        }

        for (var round = 0; round < options.Rounds; round++)
        {
            Say(string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {options.Rounds}"));
            foreach (var scenario in Scenarios)
            {
                // Each round starts with another target, so that none always runs first.
                for (var turn = 0; turn < running.Count; turn++)
                {
                    var target = running[(turn + round) % running.Count];
                    report.Add(round, scenario, target, LoadGenerator.Run(target, scenario, options.Period));
                    report.SawResident(target);
                }
            }
        }

        Say("128 streams at once, allocations");
        foreach (var target in running)
        {
            LoadGenerator.RunCount(target, Scenario.Paced(128, 64, 5), 2);
            report.SawResident(target);
        }

        report.SetAllocations(AllocationMeter.PerRequest(homelab), AllocationMeter.PerChunk(homelab));
        Console.Write(report.Markdown());
        return report.Errors == 0 ? 0 : 1;
    }

    private static Target Started(Target target, List<Target> running)
    {
        running.Add(target);
        return target;
    }

    private static void Say(string text) => Console.Error.WriteLine($"bench: {text}");
}
