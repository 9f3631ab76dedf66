using System.Collections.Immutable;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Domain.Cluster;

/// <summary>What heartbeats tell of models in memory is remembered for when they are not.</summary>
public sealed class MeasuringTests
{
    private static readonly NodeModel[] Models = [Model("m", 8)];

    [Fact]
    public void Model_that_is_loaded_again_goes_where_it_was_found_to_read_prompts_faster()
    {
        var hub = new TestHub().Join("fast", "slow");
        hub.BeatAll(Node("fast", 24, Models, Hot("m", 8, rate: 4000)), Node("slow", 24, Models, Hot("m", 8, rate: 50)));
        hub.BeatAll(Node("fast", 24, Models), Node("slow", 24, Models));

        foreach (var seed in Enumerable.Range(0, 20))
        {
            var decision = PlacementPlanner.Decide(hub.Snapshot.Placement, new PlacementDemand(Name("m")) { PromptTokens = 4000, Seed = seed }, hub.Dispatches, hub.Now);
            Assert.Equal("fast", Target(decision));
            Assert.Equal(1.0, Assert.IsType<PlacementDecision.Load>(decision).Cost.Prefill);
        }
    }

    [Fact]
    public void Figure_that_a_heartbeat_lacks_is_the_one_that_was_told_before()
    {
        var hub = new TestHub().Join("a");
        hub.Beat(Node("a", 24, Models, Hot("m", 8, service: 7, rate: 800)));
        hub.Beat(Node("a", 24, Models, Hot("m", 8) with { ServiceTime = null, PrefillRate = null, DecodeRate = 33 }), boot: "second");

        Assert.Equal((Seconds(7), 800.0, 33.0), (hub["a"].Replicas[0].ServiceTime, hub["a"].Replicas[0].PrefillRate, hub["a"].Replicas[0].DecodeRate));
    }

    [Fact]
    public void Only_news_is_saved()
    {
        var hub = new TestHub().Join("a");
        foreach (var rate in (double[])[1000, 1020, 980, 1090, 1200, 1250, 900])
        {
            hub.Beat(Node("a", 24, Models, Hot("m", 8, rate: rate)));
        }

        Assert.Equal([1000, 1200, 900], hub.All.OfType<ClusterEffect.SaveMeasure>().Select(s => s.Measure.PrefillRate!.Value));
        Assert.Equal(900, hub["a"].Measures[Name("m")].PrefillRate);
    }

    [Fact]
    public void Model_that_was_never_asked_is_not_remembered()
    {
        var hub = new TestHub().Join("a");
        hub.Beat(Node("a", 24, Models, Hot("m", 8) with { ServiceTime = null, PrefillRate = null }));

        Assert.Empty(hub["a"].Measures);
        Assert.Empty(hub.All.OfType<ClusterEffect.SaveMeasure>());
    }

    [Fact]
    public void Node_that_claims_to_have_measured_everything_fills_no_memory()
    {
        var hub = new TestHub().Join("a");
        for (var round = 0; round < 12; round++)
        {
            hub.Beat(Node("a", 2400, Models, [.. Enumerable.Range(round * 100, 100).Select(i => Hot($"model-{i}", 1))]));
        }

        Assert.Equal(1000, hub["a"].Measures.Count);
    }

    [Fact]
    public void What_an_earlier_run_of_the_hub_was_told_counts_in_this_one()
    {
        var hub = new TestHub();
        var known = ImmutableDictionary<ModelName, ModelMeasure>.Empty.Add(Name("m"), new ModelMeasure(Seconds(3), 4000, 50, 2));
        hub.Apply(new ClusterEvent.NodeKnown("a", "a", "boot", [], false) { Measures = known });
        hub.Beat(Node("a", 24, Models));

        Assert.Equal(1.0, Assert.IsType<PlacementDecision.Load>(hub.Snapshot.Placement.Decide(new PlacementDemand(Name("m")) { PromptTokens = 4000 })).Cost.Prefill);
    }
}
