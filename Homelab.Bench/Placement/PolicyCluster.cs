namespace Homelab.Bench.Placement;

/// <summary>Replays a trace over four unequal machines under one rule. A request waits for room, for the load and for a place; what every
/// rule has in common is that nothing in use is evicted, and that whoever waits for room for a minute gets it before newcomers.</summary>
internal sealed class PolicyCluster(IPolicyRule rule, PolicyRequest[] trace, bool keepsYoung)
{
    private const double MaximumHold = 60;
    private readonly PriorityQueue<Action, (double At, long Order)> _events = new();
    private readonly List<double> _waits = [];
    private long _order;
    private readonly double[][] _uses = [.. Enumerable.Range(0, PolicyTrace.Sizes.Length).Select(m => trace.Where(r => r.Model == m).Select(r => r.At).ToArray())];
    private readonly int[] _next = new int[PolicyTrace.Sizes.Length];

    public PolicyNode[] Nodes { get; } = [new(0, 12, 1), new(1, 24, 1.5), new(2, 24, 0.7), new(3, 48, 1)];

    public double Now { get; private set; }

    public int Loads { get; private set; }

    /// <summary>When a model is asked for next after this moment, for a rule that may know; infinite where it is not.</summary>
    public double NextUse(int model)
    {
        var times = _uses[model];
        ref var at = ref _next[model];
        while (at < times.Length && times[at] <= Now)
        {
            at++;
        }

        return at < times.Length ? times[at] : double.PositiveInfinity;
    }

    public double Mean => _waits.Average();

    public double Percentile(double rank)
    {
        var sorted = _waits.Order().ToArray();
        return sorted[(int)((sorted.Length - 1) * rank)];
    }

    /// <summary>Until when a replica may not go: under the nodes' own rule of minimum residency thirty seconds, or twice its load.</summary>
    public double KeptUntil(PolicyNode node, PolicyReplica replica) =>
        keepsYoung ? replica.LoadedAt + Math.Max(30, 2 * node.LoadSeconds(replica.Model)) : 0;

    public PolicyCluster Run()
    {
        foreach (var request in trace)
        {
            while (_events.TryPeek(out var action, out var due) && due.At <= request.At)
            {
                _events.Dequeue();
                Now = due.At;
                action();
            }

            Now = request.At;
            var node = rule.Choose(this, request);
            if (!node.Replicas.TryGetValue(request.Model, out var replica))
            {
                node.Replicas[request.Model] = replica = new PolicyReplica(request.Model);
                After(MaximumHold, () => Insist(node));
            }

            replica.Use(Now);
            replica.Waiting.Enqueue(request);
            Settle(node);
        }

        while (_events.TryDequeue(out var action, out var due))
        {
            Now = due.At;
            action();
        }

        return this;
    }

    private void After(double seconds, Action action) => _events.Enqueue(action, (Now + seconds, _order++));

    private void Settle(PolicyNode node)
    {
        foreach (var replica in node.Replicas.Values.Where(r => !r.Placed).OrderBy(r => r.Waiting.Peek().At).ToArray())
        {
            Place(node, replica);
        }

        foreach (var replica in node.Replicas.Values)
        {
            while (replica is { Hot: true, Yielding: false } && replica.Running < PolicyNode.Places && replica.Waiting.TryDequeue(out var request))
            {
                _waits.Add(Now - request.At);
                replica.Running++;
                After(request.Service, () => End(node, replica));
            }
        }
    }

    private void End(PolicyNode node, PolicyReplica replica)
    {
        replica.Running--;
        replica.LastUsed = Now;
        if (replica is { Yielding: true, Running: 0 })
        {
            Unload(node, replica);
        }

        Settle(node);
    }

    private void Place(PolicyNode node, PolicyReplica replica)
    {
        var size = PolicyTrace.Sizes[replica.Model];
        if (node.Free < size)
        {
            var movable = node.Replicas.Values.Where(r => r.IsIdle && !r.Yielding && Now >= KeptUntil(node, r)).ToArray();
            foreach (var victim in rule.Victims(this, node, replica.Model, movable))
            {
                Unload(node, victim);
            }
        }

        if (node.Free < size)
        {
            // Young replicas become movable without anything happening.
            if (!node.RetryPlanned)
            {
                node.RetryPlanned = true;
                After(5, () =>
                {
                    node.RetryPlanned = false;
                    Settle(node);
                });
            }

            return;
        }

        Loads++;
        replica.Placed = true;
        replica.ReadyAt = Now + node.LoadSeconds(replica.Model);
        After(node.LoadSeconds(replica.Model), () =>
        {
            replica.Hot = true;
            replica.LoadedAt = Now;
            Settle(node);
        });
    }

    /// <summary>Whoever waited too long makes busy replicas yield.</summary>
    private void Insist(PolicyNode node)
    {
        foreach (var replica in node.Replicas.Values.Where(r => !r.Placed && r.Waiting.Count > 0 && Now - r.Waiting.Peek().At >= MaximumHold - 0.001).ToArray())
        {
            var movable = node.Replicas.Values.Where(r => r is { Placed: true, Hot: true, Yielding: false }).ToArray();
            foreach (var victim in rule.Victims(this, node, replica.Model, movable))
            {
                victim.Yielding = true;
                if (victim.Running == 0)
                {
                    Unload(node, victim);
                }
            }
        }

        Settle(node);
    }

    /// <summary>Who still waits for it waits for another load.</summary>
    private void Unload(PolicyNode node, PolicyReplica replica)
    {
        node.Replicas.Remove(replica.Model);
        if (replica.Waiting.Count == 0)
        {
            return;
        }

        var again = new PolicyReplica(replica.Model) { Rate = replica.Rate, RatedAt = replica.RatedAt, LastUsed = replica.LastUsed };
        while (replica.Waiting.TryDequeue(out var request))
        {
            again.Waiting.Enqueue(request);
        }

        node.Replicas[replica.Model] = again;
        After(MaximumHold, () => Insist(node));
    }
}
