using Homelab.Domain.Cluster;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Tests.Domain.Placement;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Cluster;

/// <summary>The reducer with a clock in the test's hand and everything that came out of it.</summary>
internal sealed class TestHub(ClusterPolicy? policy = null)
{
    private long _ids;

    public ClusterSnapshot Snapshot { get; private set; } = new() { Epoch = 7, Policy = policy ?? new ClusterPolicy() };

    public TimeSpan Now { get; private set; }

    public Dispatches Dispatches { get; } = new();

    /// <summary>Of the last event.</summary>
    public IReadOnlyList<ClusterEffect> Effects { get; private set; } = [];

    /// <summary>Of all events.</summary>
    public List<ClusterEffect> All { get; } = [];

    public IEnumerable<string> Announced => All.OfType<ClusterEffect.Announce>().Select(a => a.Announcement.Type);

    public NodeSnapshot this[string node] => Snapshot.Nodes.Find(node)!;

    public TestHub Apply(ClusterEvent change)
    {
        var before = Snapshot;
        var step = ClusterReducer.Apply(before, change, Dispatches, Now);
        Assert.Equal(before.Version + 1, step.Snapshot.Version);
        Snapshot = step.Snapshot;
        Effects = step.Effects;
        All.AddRange(Effects);
        AssertConsistent();
        return this;
    }

    /// <summary>Time passes with a tick every second.</summary>
    public TestHub Wait(double seconds)
    {
        for (var end = Now + Seconds(seconds); Now < end;)
        {
            Now += Seconds(Math.Min(1, (end - Now).TotalSeconds));
            Apply(new ClusterEvent.Tick());
        }

        return this;
    }

    public TestHub Join(params string[] ids)
    {
        foreach (var id in ids)
        {
            Apply(new ClusterEvent.NodeJoined(id, id, "1.0"));
        }

        return this;
    }

    /// <summary>A heartbeat that says what the node is like; the next sequence of the run where none is given.</summary>
    public BeatVerdict Beat(NodeSnapshot like, string boot = "boot", long? sequence = null, NodeReportState state = NodeReportState.Live, bool inventory = true, string? digest = null, params CommandReport[] results)
    {
        var known = Snapshot.Nodes.Find(like.Id);
        var report = Report(like, boot, sequence ?? (known?.BootId == boot ? known.Sequence + 1 : 1), state, inventory, digest, results);
        Apply(new ClusterEvent.BeatArrived(_ids++, report, [.. like.Replicas.Select(r => (r.Model, Dispatches.InFlight(like.Id, r.Model)))]));
        return Assert.Single(Effects.OfType<ClusterEffect.BeatJudged>()).Verdict;
    }

    /// <summary>Every node beats once.</summary>
    public TestHub BeatAll(params NodeSnapshot[] likes)
    {
        foreach (var like in likes)
        {
            Assert.Equal(BeatVerdict.Accepted, Beat(like));
        }

        return this;
    }

    /// <summary>A request that waits; its id.</summary>
    public long Ask(string model, double patience = 240, PlacementDemand? demand = null)
    {
        var id = ++_ids;
        Apply(new ClusterEvent.LeaseWanted(new ClusterWaiter(id, demand ?? new PlacementDemand(Name(model)) { Seed = id }, "key", Now, Now + Seconds(patience))));
        return id;
    }

    /// <summary>What a request was answered; null while it waits.</summary>
    public PlacementDecision? AnswerOf(long waiter) => All.OfType<ClusterEffect.Answer>().SingleOrDefault(a => a.WaiterId == waiter)?.Decision;

    public ClusterAck Ack(string node) => ClusterAcks.For(Snapshot, node, this[node].BootId, Now)!;

    public static HeartbeatReport Report(NodeSnapshot like, string boot, long sequence, NodeReportState state = NodeReportState.Live, bool inventory = true, string? digest = null, params CommandReport[] results) => new(like.Id, boot, sequence)
    {
        Name = like.Name,
        State = state,
        Address = like.Address,
        ExposedEngine = like.ExposedEngine,
        Engine = like.Engine,
        EngineUp = like.EngineUp,
        Devices = like.Devices,
        LargestBudget = like.LargestBudget,
        Labels = like.Labels,
        Replicas = like.Replicas,
        InventoryDigest = digest ?? like.Inventory.Digest,
        Inventory = inventory ? like.Inventory : null,
        Results = [.. results],
    };

    private void AssertConsistent()
    {
        foreach (var load in Snapshot.Loads)
        {
            Assert.Equal(load.Waiting, Snapshot.Waiters.Values.Count(w => w.Load == load.Id));
            Assert.NotNull(Snapshot.Nodes.Find(load.Node));
        }

        foreach (var waiter in Snapshot.Waiters.Values)
        {
            Assert.True(waiter.Load is null || Snapshot.Loads.Find(waiter.Load) is not null);
        }

        Assert.Equal(Snapshot.Nodes.Count, Snapshot.Nodes.Select(n => n.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(All.OfType<ClusterEffect.Answer>(), answer => Assert.IsNotType<PlacementDecision.Load>(answer.Decision));
    }
}
