using System.Globalization;

namespace Homelab.Tests.Simulation;

/// <summary>Hub and nodes under fake time with everything that a network and its machines do. A failure names its seed;
/// <c>HOMELAB_SEEDS</c> runs so many seeds instead of 200.</summary>
public sealed class ClusterSimulation
{
    private static readonly int Seeds = int.TryParse(Environment.GetEnvironmentVariable("HOMELAB_SEEDS"), CultureInfo.InvariantCulture, out var seeds) && seeds > 0 ? seeds : 200;

    [Fact]
    public void Hub_and_nodes_agree_after_any_trouble_and_nothing_is_left_over()
    {
        int served = 0, refused = 0, restarts = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            try
            {
                var cluster = Run(seed);
                served += cluster.Served;
                refused += cluster.Refused;
                restarts += cluster.Restarts;
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }
        }

        // A simulation in which nothing is served proves nothing.
        Assert.True(served > 50 * Seeds && refused > 0 && restarts > Seeds / 4, $"{served} served, {refused} refused, {restarts} restarts of the hub");
    }

    [Fact]
    public void Same_seed_gives_the_same_decisions_to_the_letter() => Assert.All(
        Enumerable.Range(1000, 5),
        seed => Assert.Equal(Run(seed).Trace, Run(seed).Trace));

    private static SimulatedCluster Run(int seed)
    {
        var cluster = new SimulatedCluster(seed);
        cluster.Trouble(240);
        cluster.Quiesce();
        cluster.AssertAgree();
        return cluster;
    }
}
