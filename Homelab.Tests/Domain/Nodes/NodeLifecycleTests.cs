using Homelab.Domain.Nodes;
using Homelab.Tests.Snapshots;

namespace Homelab.Tests.Domain.Nodes;

/// <summary>The transition table over the full product of states and triggers.</summary>
public sealed class NodeLifecycleTests
{
    private static readonly Liveness[] States = Enum.GetValues<Liveness>();
    private static readonly NodeTrigger[] Triggers = Enum.GetValues<NodeTrigger>();

    [Fact]
    public void Table_of_all_moves_is_as_accepted() => VerifiedSnapshot.Match(NodeLifecycle.ToMarkdown());

    [Fact]
    public void Diagram_of_all_moves_is_as_accepted() => VerifiedSnapshot.Match(NodeLifecycle.ToMermaid());

    [Fact]
    public void Every_pair_of_state_and_trigger_has_a_row() =>
        Assert.Equal(States.Length * Triggers.Length, States.SelectMany(_ => Triggers, (state, trigger) => NodeLifecycle.Transitions.ContainsKey((state, trigger))).Count(known => known));

    [Fact]
    public void Heartbeat_makes_a_node_live_whatever_it_was() =>
        Assert.All(States, state => Assert.Equal(Liveness.Live, NodeLifecycle.Move(state, NodeTrigger.Beat)));

    [Fact]
    public void Goodbye_ends_it_whatever_it_was() =>
        Assert.All(States, state => Assert.Equal(Liveness.Left, NodeLifecycle.Move(state, NodeTrigger.Leave)));

    [Fact]
    public void Only_a_heartbeat_makes_a_node_live() => Assert.All(
        NodeLifecycle.Transitions.Where(move => move.Key.Trigger != NodeTrigger.Beat),
        move => Assert.NotEqual(Liveness.Live, move.Value));

    [Fact]
    public void Broken_connection_alone_gives_no_node_up() =>
        Assert.Equal(Liveness.Suspect, NodeLifecycle.Move(NodeLifecycle.Move(Liveness.Live, NodeTrigger.ContactLost), NodeTrigger.ContactLost));

    [Fact]
    public void Silence_says_nothing_of_a_node_that_has_left() => Assert.All(
        [NodeTrigger.ContactLost, NodeTrigger.SilentPastSuspect, NodeTrigger.SilentPastLost],
        trigger => Assert.Equal(Liveness.Left, NodeLifecycle.Move(Liveness.Left, trigger)));
}
