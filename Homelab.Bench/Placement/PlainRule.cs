namespace Homelab.Bench.Placement;

/// <summary>What is common elsewhere: one way to choose a node, and whoever was used longest ago goes.</summary>
/// <param name="name">For the table.</param>
/// <param name="choose">The node for a request.</param>
internal sealed class PlainRule(string name, Func<PolicyCluster, PolicyRequest, PolicyNode> choose) : IPolicyRule
{
    public string Name => name;

    /// <summary>Least busy replica; else the node whose least recently used replica is oldest, an empty place before all.</summary>
    public static PlainRule Lru { get; } = new("least busy replica, else LRU", static (cluster, request) =>
        Hot(cluster, request) ?? Able(cluster, request).MinBy(n => n.Free >= PolicyTrace.Sizes[request.Model] ? -1 : n.Replicas.Values.Where(r => r.Placed).Select(r => r.LastUsed).DefaultIfEmpty(0).Min())!);

    /// <summary>Least busy replica; else the first node with room, else the first that could hold it.</summary>
    public static PlainRule FirstFit { get; } = new("least busy replica, else first fit", static (cluster, request) =>
        Hot(cluster, request) ?? Able(cluster, request).FirstOrDefault(n => n.Free >= PolicyTrace.Sizes[request.Model]) ?? Able(cluster, request).First());

    /// <summary>The node with the fewest requests, whatever it has in memory.</summary>
    public static PlainRule Spread { get; } = new("spread by outstanding requests", static (cluster, request) =>
        Able(cluster, request).MinBy(n => n.Replicas.Values.Sum(r => r.Outstanding))!);

    public PolicyNode Choose(PolicyCluster cluster, PolicyRequest request) => choose(cluster, request);

    public IReadOnlyList<PolicyReplica> Victims(PolicyCluster cluster, PolicyNode node, int model, IReadOnlyList<PolicyReplica> movable) =>
        Greedy(node, model, movable.OrderBy(r => r.LastUsed));

    /// <summary>As many in this order as are needed; none where all are not enough.</summary>
    public static List<PolicyReplica> Greedy(PolicyNode node, int model, IEnumerable<PolicyReplica> order)
    {
        var victims = new List<PolicyReplica>();
        var free = node.Free;
        foreach (var replica in order)
        {
            if (free >= PolicyTrace.Sizes[model])
            {
                break;
            }

            free += PolicyTrace.Sizes[replica.Model];
            victims.Add(replica);
        }

        return free >= PolicyTrace.Sizes[model] ? victims : [];
    }

    private static PolicyNode? Hot(PolicyCluster cluster, PolicyRequest request) =>
        cluster.Nodes.Where(n => n.Replicas.TryGetValue(request.Model, out var replica) && !replica.Yielding).MinBy(n => n.Replicas[request.Model].Outstanding);

    private static IEnumerable<PolicyNode> Able(PolicyCluster cluster, PolicyRequest request) => cluster.Nodes.Where(n => n.CanHold(request.Model));
}
