using System.Globalization;

namespace Homelab.Bench.Cluster;

/// <summary>The child process that plays many machines: <c>swarm PORT NODES SECONDS</c>. Says on standard output when it begins to measure and what came out.</summary>
internal static class Swarm
{
    public const string Token = "a-standing-token-of-the-benchmark";

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(12);

    private const int JoinsAtOnce = 16;

    public static async Task<int> RunAsync(int port, int count, TimeSpan period)
    {
        using var connections = new SocketsHttpHandler { UseProxy = false, UseCookies = false, MaxConnectionsPerServer = int.MaxValue, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) };
        using var client = new HttpClient(connections) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(60) };
        var nodes = Enumerable.Range(1, count).Select(i => new SwarmNode(client, i, Interval)).ToArray();
        await Parallel.ForEachAsync(nodes, new ParallelOptions { MaxDegreeOfParallelism = JoinsAtOnce }, async (node, _) => await node.JoinAsync(Token));

        using var stop = new CancellationTokenSource();
        var running = nodes.Select(n => n.RunAsync(stop.Token)).ToArray();
        await Task.Delay(WarmUp);
        foreach (var node in nodes)
        {
            node.Reset();
        }

        Console.WriteLine("measuring");
        await Task.Delay(period);
        var times = nodes.SelectMany(n => n.Milliseconds.ToArray()).Order().ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"result {nodes.Sum(n => n.Sent)} {nodes.Sum(n => n.Errors)} {times.Length} {At(times, 0.5):0.000} {At(times, 0.99):0.000}"));
        await stop.CancelAsync();
        await Task.WhenAll(running);
        return 0;
    }

    private static double At(double[] sorted, double rank) => sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * rank))];
}
