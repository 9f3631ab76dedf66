namespace Homelab.Bench.Placement;

/// <summary>Knows every request to come: whoever goes is the one whose reload is cheapest for how long it will not be needed (Belady's rule
/// with prices), and a node is chosen by the seconds that this request really waits and the reloads that its victims really cause, discounted
/// over a horizon. The optimum of this problem cannot be computed for thousands of requests; this is what a rule can reach that guesses nothing.</summary>
/// <param name="horizon">Seconds after which a reload counts a third.</param>
internal sealed class ClairvoyantRule(double horizon) : IPolicyRule
{
    public string Name => "clairvoyant";

    public PolicyNode Choose(PolicyCluster cluster, PolicyRequest request)
    {
        return cluster.Nodes.Where(n => n.CanHold(request.Model)).MinBy(n => Cost(cluster, n, request))!;
    }

    public IReadOnlyList<PolicyReplica> Victims(PolicyCluster cluster, PolicyNode node, int model, IReadOnlyList<PolicyReplica> movable) =>
        Cheapest(cluster, node, model, movable).Victims;

    private double Cost(PolicyCluster cluster, PolicyNode node, PolicyRequest request)
    {
        var load = node.LoadSeconds(request.Model);
        if (node.Replicas.TryGetValue(request.Model, out var replica) && !replica.Yielding)
        {
            var queue = Math.Max(0, replica.Outstanding - PolicyNode.Places + 1) / (double)PolicyNode.Places * 6;
            return queue + (replica.Hot ? 0 : replica.Placed ? Math.Max(0, replica.ReadyAt - cluster.Now) : load + 10);
        }

        if (node.Free >= PolicyTrace.Sizes[request.Model])
        {
            return load;
        }

        var idle = Cheapest(cluster, node, request.Model, [.. node.Replicas.Values.Where(r => r is { IsIdle: true, Yielding: false } && cluster.Now >= cluster.KeptUntil(node, r))]);
        if (idle.Victims.Count > 0)
        {
            return load + idle.Cost;
        }

        var all = Cheapest(cluster, node, request.Model, [.. node.Replicas.Values.Where(r => r.Placed)]);
        return load + all.Cost + Math.Max(15, all.Victims.Select(v => cluster.KeptUntil(node, v) - cluster.Now).DefaultIfEmpty(60).Max());
    }

    private (IReadOnlyList<PolicyReplica> Victims, double Cost) Cheapest(PolicyCluster cluster, PolicyNode node, int model, IReadOnlyList<PolicyReplica> movable)
    {
        var need = PolicyTrace.Sizes[model] - node.Free;
        var prices = movable.Select(r => Price(cluster, node, r)).ToArray();
        var (best, cheapest) = (0, double.PositiveInfinity);
        for (var mask = 1; mask < 1 << Math.Min(12, movable.Count); mask++)
        {
            var (cost, frees) = (0.0, 0);
            for (var i = 0; mask >> i != 0; i++)
            {
                if ((mask & (1 << i)) != 0)
                {
                    cost += prices[i];
                    frees += PolicyTrace.Sizes[movable[i].Model];
                }
            }

            if (frees >= need && cost < cheapest)
            {
                (best, cheapest) = (mask, cost);
            }
        }

        return ([.. movable.Where((_, i) => (best & (1 << i)) != 0)], cheapest);
    }

    /// <summary>The reload that its next request will wait for, unless another replica takes that one.</summary>
    private double Price(PolicyCluster cluster, PolicyNode node, PolicyReplica replica)
    {
        var elsewhere = cluster.Nodes.Any(n => n != node && n.Replicas.TryGetValue(replica.Model, out var other) && other is { Placed: true, Yielding: false });
        return elsewhere ? 0 : node.LoadSeconds(replica.Model) * Math.Exp(-(cluster.NextUse(replica.Model) - cluster.Now) / horizon);
    }
}
