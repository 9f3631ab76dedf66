namespace Homelab.Bench.Placement;

/// <summary>Seeded requests for thirty models of mixed size.</summary>
internal static class PolicyTrace
{
    /// <summary>GiB by model, most used first: small and large ones are popular alike.</summary>
    public static readonly int[] Sizes = [5, 20, 8, 2, 14, 5, 30, 4, 9, 20, 2, 6, 16, 5, 12, 3, 24, 8, 2, 18, 5, 10, 40, 4, 7, 22, 3, 13, 5, 28];

    private const double Hours = 8;

    /// <summary>Zipf over the models at an even rate.</summary>
    public static PolicyRequest[] Zipf(int seed) => Make(new Random(seed), static _ => 1, burst: 0);

    /// <summary>The same with a rate that rises and falls over the day.</summary>
    public static PolicyRequest[] Diurnal(int seed) => Make(new Random(seed), static at => 1 + (0.9 * Math.Sin(at / 3600 / Hours * 4 * Math.PI)), burst: 0);

    /// <summary>The same with bursts of requests for one model, as an agent sends them.</summary>
    public static PolicyRequest[] Bursty(int seed) => Make(new Random(seed), static _ => 1, burst: 12);

    private static PolicyRequest[] Make(Random random, Func<double, double> rate, int burst)
    {
        const double mean = 0.25;
        var weights = Enumerable.Range(1, Sizes.Length).Select(rank => 1 / Math.Pow(rank, 0.9)).ToArray();
        var requests = new List<PolicyRequest>();
        for (var at = 0.0; at < Hours * 3600;)
        {
            var size = burst == 0 ? 1 : 1 + random.Next(burst);
            at += Exponential(random) * (burst == 0 ? 1 : burst / 2.0) / (mean * Math.Max(0.05, rate(at)));
            var model = Pick(random, weights);
            for (var i = 0; i < size; i++)
            {
                requests.Add(new PolicyRequest(at + (i == 0 ? 0 : random.NextDouble() * 20), model, 1 + (5 * Exponential(random))));
            }
        }

        return [.. requests.OrderBy(r => r.At)];
    }

    private static int Pick(Random random, double[] weights)
    {
        var left = random.NextDouble() * weights.Sum();
        var at = 0;
        while (at < weights.Length - 1 && (left -= weights[at]) > 0)
        {
            at++;
        }

        return at;
    }

    private static double Exponential(Random random) => -Math.Log(1 - random.NextDouble());
}
