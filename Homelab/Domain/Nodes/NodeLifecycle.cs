using System.Collections.Frozen;
using System.Text;
using static Homelab.Domain.Nodes.Liveness;
using static Homelab.Domain.Nodes.NodeTrigger;

namespace Homelab.Domain.Nodes;

/// <summary>Every move of a node's liveness, in one table. Triggers are observations, so all of them are legal everywhere: silence tells
/// nothing of a node that has left, and a node that was given up is live again with its next heartbeat.</summary>
internal static class NodeLifecycle
{
    /// <summary>From a state and a trigger to the next state; the full product.</summary>
    public static FrozenDictionary<(Liveness From, NodeTrigger Trigger), Liveness> Transitions { get; } =
        new Dictionary<(Liveness, NodeTrigger), Liveness>
        {
            [(Live, Beat)] = Live,
            [(Live, ContactLost)] = Suspect,
            [(Live, SilentPastSuspect)] = Suspect,

            // Without suspicion in between where the hub itself slept.
            [(Live, SilentPastLost)] = Lost,
            [(Live, Leave)] = Left,

            [(Suspect, Beat)] = Live,
            [(Suspect, ContactLost)] = Suspect,
            [(Suspect, SilentPastSuspect)] = Suspect,
            [(Suspect, SilentPastLost)] = Lost,
            [(Suspect, Leave)] = Left,

            [(Lost, Beat)] = Live,
            [(Lost, ContactLost)] = Lost,
            [(Lost, SilentPastSuspect)] = Lost,
            [(Lost, SilentPastLost)] = Lost,
            [(Lost, Leave)] = Left,

            [(Left, Beat)] = Live,
            [(Left, ContactLost)] = Left,
            [(Left, SilentPastSuspect)] = Left,
            [(Left, SilentPastLost)] = Left,
            [(Left, Leave)] = Left,
        }.ToFrozenDictionary();

    /// <summary>The state after <paramref name="trigger"/>.</summary>
    public static Liveness Move(Liveness state, NodeTrigger trigger) => Transitions[(state, trigger)];

    /// <summary>The word of a state on the wire and in events.</summary>
    public static string Label(Liveness state) => state switch
    {
        Live => "live",
        Suspect => "suspect",
        Lost => "lost",
        _ => "left",
    };

    /// <summary>The table as Markdown: a row for each state, a column for each trigger.</summary>
    public static string ToMarkdown()
    {
        var triggers = Enum.GetValues<NodeTrigger>();
        var text = new StringBuilder("| state |");
        text.AppendJoin("|", triggers.Select(trigger => $" {trigger} ")).Append("|\n|").Insert(text.Length, " --- |", triggers.Length + 1).Append('\n');
        foreach (var state in Enum.GetValues<Liveness>())
        {
            text.Append("| ").Append(state).Append(" |").AppendJoin("", triggers.Select(trigger => $" {Move(state, trigger)} |")).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The moves that change the state, as a Mermaid state diagram. A node is suspect from the moment it joins until its first heartbeat.</summary>
    public static string ToMermaid()
    {
        var moves =
            from move in Transitions
            where move.Key.From != move.Value
            group move.Key.Trigger by (move.Key.From, To: move.Value) into edge
            orderby edge.Key.From, edge.Key.To
            select $"    {edge.Key.From} --> {edge.Key.To}: {string.Join(", ", edge.Order())}\n";
        return "stateDiagram-v2\n    [*] --> Suspect\n" + string.Concat(moves);
    }
}
