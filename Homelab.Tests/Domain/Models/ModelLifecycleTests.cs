using Homelab.Domain.Models;
using Homelab.Tests.Snapshots;

namespace Homelab.Tests.Domain.Models;

/// <summary>The transition table over the full product of states and triggers.</summary>
public sealed class ModelLifecycleTests
{
    private static readonly ModelState[] States = Enum.GetValues<ModelState>();
    private static readonly ModelTrigger[] Triggers = Enum.GetValues<ModelTrigger>();

    [Fact]
    public void Table_of_all_moves_is_as_accepted() => VerifiedSnapshot.Match(ModelLifecycle.ToMarkdown());

    [Fact]
    public void Diagram_of_all_moves_is_as_accepted() => VerifiedSnapshot.Match(ModelLifecycle.ToMermaid());

    [Fact]
    public void Every_pair_of_state_and_trigger_moves_as_the_table_says_or_stays_and_is_refused()
    {
        foreach (var state in States)
        {
            foreach (var trigger in Triggers)
            {
                var isLegal = ModelLifecycle.TryMove(state, trigger, out var next);

                Assert.Equal(ModelLifecycle.Transitions.ContainsKey((state, trigger)), isLegal);
                Assert.Equal(isLegal ? ModelLifecycle.Transitions[(state, trigger)] : state, next);
            }
        }
    }

    [Fact]
    public void Every_state_is_reached_from_absent() => Assert.Equal(States, ReachableFrom(ModelState.Absent).Order());

    [Fact]
    public void Every_state_gets_back_to_disk_and_to_absent() => Assert.All(States, state =>
    {
        var reachable = ReachableFrom(state);
        Assert.Contains(ModelState.OnDisk, reachable);
        Assert.Contains(ModelState.Absent, reachable);
    });

    [Fact]
    public void Every_trigger_moves_something() =>
        Assert.All(Triggers, trigger => Assert.Contains(ModelLifecycle.Transitions, move => move.Key.Trigger == trigger && move.Key.From != move.Value));

    [Theory]
    [InlineData(nameof(ModelState.Leased), nameof(ModelTrigger.UnloadStarted))] // a leased replica is never unloaded
    [InlineData(nameof(ModelState.Loading), nameof(ModelTrigger.FoundUnloaded))] // the engine lists nothing while it loads
    [InlineData(nameof(ModelState.Pulling), nameof(ModelTrigger.Deleted))] // the engine lists no file while it pulls
    [InlineData(nameof(ModelState.Pulling), nameof(ModelTrigger.LoadStarted))]
    [InlineData(nameof(ModelState.Absent), nameof(ModelTrigger.LoadStarted))]
    [InlineData(nameof(ModelState.Hot), nameof(ModelTrigger.LoadStarted))]
    [InlineData(nameof(ModelState.Unloading), nameof(ModelTrigger.FirstLeaseTaken))]
    [InlineData(nameof(ModelState.OnDisk), nameof(ModelTrigger.FirstLeaseTaken))]
    [InlineData(nameof(ModelState.Hot), nameof(ModelTrigger.LastLeaseReturned))]
    public void Move_that_would_be_a_bug_is_refused(string state, string trigger) =>
        Assert.False(ModelLifecycle.TryMove(Enum.Parse<ModelState>(state), Enum.Parse<ModelTrigger>(trigger), out _));

    [Theory]
    [InlineData(nameof(ModelState.OnDisk), nameof(ModelTrigger.FoundLoaded), nameof(ModelState.Hot))]
    [InlineData(nameof(ModelState.Failed), nameof(ModelTrigger.FoundLoaded), nameof(ModelState.Hot))]
    [InlineData(nameof(ModelState.Hot), nameof(ModelTrigger.FoundUnloaded), nameof(ModelState.OnDisk))]
    [InlineData(nameof(ModelState.Leased), nameof(ModelTrigger.FoundUnloaded), nameof(ModelState.OnDisk))]
    [InlineData(nameof(ModelState.Hot), nameof(ModelTrigger.Deleted), nameof(ModelState.Hot))]
    [InlineData(nameof(ModelState.Unloading), nameof(ModelTrigger.FoundLoaded), nameof(ModelState.Hot))]
    [InlineData(nameof(ModelState.Failed), nameof(ModelTrigger.LoadStarted), nameof(ModelState.Loading))]
    [InlineData(nameof(ModelState.Pulling), nameof(ModelTrigger.FoundOnDisk), nameof(ModelState.OnDisk))]
    public void Use_of_the_engine_behind_our_back_is_followed(string state, string trigger, string expected)
    {
        Assert.True(ModelLifecycle.TryMove(Enum.Parse<ModelState>(state), Enum.Parse<ModelTrigger>(trigger), out var next));
        Assert.Equal(expected, next.ToString());
    }

    private static HashSet<ModelState> ReachableFrom(ModelState start)
    {
        var reached = new HashSet<ModelState> { start };
        var open = new Queue<ModelState>(reached);
        while (open.TryDequeue(out var state))
        {
            foreach (var next in from move in ModelLifecycle.Transitions where move.Key.From == state && reached.Add(move.Value) select move.Value)
            {
                open.Enqueue(next);
            }
        }

        return reached;
    }
}
