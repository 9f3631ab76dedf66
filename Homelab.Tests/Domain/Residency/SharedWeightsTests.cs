using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>Two models of one weights file with different settings: Ollama keeps one copy of the file and would reload it for each of them in turn
/// (<c>schedulerModelKey</c> and <c>needsReload</c> in its <c>server/sched.go</c>), under whoever uses the other.</summary>
public sealed class SharedWeightsTests
{
    [Fact]
    public void One_of_the_same_weights_goes_first_although_both_would_fit()
    {
        var node = Node().Hot("short");

        var request = node.Ask("long");
        Assert.Equal("short:latest", Assert.Single(node.Unloads).Model.Value);
        Assert.Empty(node.Loads);
        node.UnloadEnds("short");
        node.LoadSucceeds("long");

        Assert.True(request.IsGranted);
        Assert.Single(node.Announcements, a => a.Type == AnnouncementTypes.ModelEvicted);
        Assert.DoesNotContain(node.Announcements, a => a.Type == AnnouncementTypes.ModelLost);
    }

    [Fact]
    public void A_stream_on_one_is_never_reloaded_away_by_a_request_for_the_other()
    {
        var node = Node().Hot("short");
        var stream = node.Ask("short");

        var request = node.Ask("long");
        node.Wait(30);
        Assert.True(request.IsWaiting && stream.IsRunning);
        Assert.Empty(node.Unloads);
        Assert.Equal(0, node.Count<ResidencyEffect.StartLoad>("long"));

        node.End(stream);
        Assert.Single(node.Unloads);
    }

    [Fact]
    public void While_one_is_being_loaded_the_other_waits_for_it_and_not_beside_it()
    {
        var node = Node();
        node.Ask("short");
        var request = node.Ask("long");

        Assert.Equal("short:latest", Assert.Single(node.Loads).Model.Value);
        Assert.True(request.IsWaiting);
        Assert.Contains("same weights", Assert.IsType<ResidencyDecision.Wait>(node.Decide("long")).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_one_is_pinned_the_other_is_told_so()
    {
        var node = Node(p => p with { Models = p.Models.Add(Scheduler.Name("short"), p.DefaultModel with { Pin = true }) });
        node.LoadSucceeds("short");

        var request = node.Ask("long");

        Assert.Equal(RefusalReason.WouldEvictProtected, request.Refusal?.Reason);
        Assert.Contains("short:latest", request.Refusal!.Message, StringComparison.Ordinal);
        Assert.Equal(ModelState.Hot, node.State("short"));
    }

    [Fact]
    public void Room_that_is_missing_beside_is_taken_from_the_cheapest_of_the_others()
    {
        var node = Node().Installed("other", 10).Installed("third", 5);
        node.Observe();
        node.Hot("short", "other", "third");
        node.Disk[Scheduler.Name("long")] = node.Disk[Scheduler.Name("long")] with { Digest = "digest-of-larger" };
        node.Observe();

        node.Ask("long");

        Assert.Equal(["short:latest", "third:latest"], node.Unloads.Select(u => u.Model.Value).Order());
        Assert.Equal(ModelState.Hot, node.State("other"));
    }

    [Fact]
    public void Two_that_alternate_take_turns_and_are_reported_like_any_other_pair()
    {
        var node = Node().Hot("short");
        for (var i = 0; i < 4; i++)
        {
            var (next, last) = i % 2 == 0 ? ("long", "short") : ("short", "long");
            var request = node.Ask(next);
            node.UnloadEnds(last);
            node.LoadSucceeds(next, 2);
            node.End(request);
            node.Wait(31);
        }

        Assert.Single(node.Announcements, a => a.Type == AnnouncementTypes.Thrash);
    }

    [Fact]
    public void One_that_somebody_else_loads_between_decision_and_load_goes_first_as_well()
    {
        var node = Node().Installed("other", 20);
        node.Observe();
        node.Hot("other");
        var request = node.Ask("long");
        node.Memory[Scheduler.Name("short")] = new LoadedModel(Scheduler.Name("short"), ByteSize.FromGibibytes(8), ByteSize.FromGibibytes(8), 4096, UsedByOthers: false);
        node.Observe();
        node.UnloadEnds("other");
        Assert.Empty(node.Loads);

        node.Wait(60);
        node.UnloadEnds("short");
        node.LoadSucceeds("long");
        Assert.True(request.IsGranted);
    }

    /// <summary>8 GiB each on 24: without the shared weights both would fit. A digest that nobody measured is taken at 12.</summary>
    private static Scheduler Node(Func<ResidencyPolicy, ResidencyPolicy>? policy = null)
    {
        var node = new Scheduler(policy: policy).Installed("short", 8, weights: "w").Installed("long", 8, weights: "w");
        return node.Started();
    }
}
