using System.Globalization;
using Homelab.Domain.Placement;

namespace Homelab.Bench.Placement;

/// <summary>Replays seeded traces under each rule: what requests wait and how many loads it takes; once where whoever is idle may go, once
/// under the nodes' rule that a young replica stays.</summary>
internal static class PolicyMeasurement
{
    private const int Seeds = 5;

    public static void Run()
    {
        Console.WriteLine($"{Seeds} seeds of 8 hours; 30 models of together {PolicyTrace.Sizes.Sum()} GiB on 4 nodes of 12, 24, 24 and 48 GiB; waits in seconds; the factor is the mean by the clairvoyant's.");
        Console.WriteLine();
        Console.WriteLine("| trace | rule | mean wait | p95 wait | loads | factor | young stay: mean | p95 | loads | factor |");
        Console.WriteLine("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (name, make) in ((string, Func<int, PolicyRequest[]>)[])[("zipf", PolicyTrace.Zipf), ("diurnal", PolicyTrace.Diurnal), ("bursty", PolicyTrace.Bursty)])
        {
            Report(name, Measure(make, keepsYoung: false), Measure(make, keepsYoung: true));
        }
    }

    private static void Report(string trace, Result[] free, Result[] kept)
    {
        for (var i = 0; i < free.Length; i++)
        {
            Console.WriteLine($"| {trace} | {free[i].Rule} | {Figures(free[i], free[0])} | {Figures(kept[i], kept[0])} |");
        }
    }

    private static string Figures(Result result, Result clairvoyant) =>
        string.Create(CultureInfo.InvariantCulture, $"{result.Mean:0.00} | {result.Late:0.0} | {result.Loads} | {result.Mean / clairvoyant.Mean:0.00}");

    private static Result[] Measure(Func<int, PolicyRequest[]> make, bool keepsYoung) =>
    [
        // The clairvoyant's only guess is its horizon: of several the one that does best on the trace.
        ((double[])[60, 200, 600]).Select(horizon => Measure(() => new ClairvoyantRule(horizon), make, keepsYoung)).MinBy(r => r.Mean)!,
        Measure(() => new OurRule(new PlacementPolicy()), make, keepsYoung),
        Measure(() => PlainRule.Lru, make, keepsYoung),
        Measure(() => PlainRule.FirstFit, make, keepsYoung),
        Measure(() => PlainRule.Spread, make, keepsYoung),
    ];

    private static Result Measure(Func<IPolicyRule> rule, Func<int, PolicyRequest[]> make, bool keepsYoung)
    {
        var runs = Enumerable.Range(1, Seeds).Select(seed => new PolicyCluster(rule(), make(seed), keepsYoung).Run()).ToArray();
        return new Result(rule().Name, runs.Average(r => r.Mean), runs.Average(r => r.Percentile(0.95)), runs.Sum(r => r.Loads) / Seeds);
    }

    /// <summary>Averages over the seeds.</summary>
    private sealed record Result(string Rule, double Mean, double Late, int Loads);
}
