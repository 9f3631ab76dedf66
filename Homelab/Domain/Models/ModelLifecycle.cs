using System.Collections.Frozen;
using System.Text;
using static Homelab.Domain.Models.ModelState;
using static Homelab.Domain.Models.ModelTrigger;

namespace Homelab.Domain.Models;

/// <summary>Every legal move of a model on one node, in one table; anything else is a bug that the caller logs and counts. Orders
/// (a load, an unload, a lease) are legal only where they make sense. Observations are facts: others use the engine behind our back,
/// so an observation that changes nothing is legal and stays where it is, and only those are left out that the engine cannot make
/// (it lists nothing while it loads, and no file while it pulls).</summary>
internal static class ModelLifecycle
{
    /// <summary>From a state and a trigger to the next state.</summary>
    public static FrozenDictionary<(ModelState From, ModelTrigger Trigger), ModelState> Transitions { get; } =
        new Dictionary<(ModelState, ModelTrigger), ModelState>
        {
            [(Absent, PullStarted)] = Pulling,
            [(Absent, FoundOnDisk)] = OnDisk,
            [(Absent, Deleted)] = Absent,
            [(Absent, FoundLoaded)] = Hot,
            [(Absent, FoundUnloaded)] = Absent,

            // Two pulls of one model share a download. A model that is being held in memory is on disk, so its pull is over.
            [(Pulling, PullStarted)] = Pulling,
            [(Pulling, FoundOnDisk)] = OnDisk,
            [(Pulling, PullFailed)] = Failed,
            [(Pulling, FoundLoaded)] = Hot,

            // Pulling what is installed fetches a newer version beside the one that stays usable.
            [(OnDisk, PullStarted)] = OnDisk,
            [(OnDisk, FoundOnDisk)] = OnDisk,
            [(OnDisk, PullFailed)] = OnDisk,
            [(OnDisk, Deleted)] = Absent,
            [(OnDisk, LoadStarted)] = Loading,
            [(OnDisk, FoundLoaded)] = Hot,
            [(OnDisk, FoundUnloaded)] = OnDisk,

            // Its files may be deleted while they are read; how the load ends decides.
            [(Loading, PullStarted)] = Loading,
            [(Loading, FoundOnDisk)] = Loading,
            [(Loading, PullFailed)] = Loading,
            [(Loading, Deleted)] = Loading,
            [(Loading, FoundLoaded)] = Hot,
            [(Loading, LoadFailed)] = Failed,
            [(Loading, LoadCancelled)] = OnDisk,

            // Ollama goes on holding, and listing, a loaded model whose files were deleted: its memory stays accounted for
            // until the engine lists it no longer, and then OnDisk + Deleted ends it.
            [(Hot, PullStarted)] = Hot,
            [(Hot, FoundOnDisk)] = Hot,
            [(Hot, PullFailed)] = Hot,
            [(Hot, Deleted)] = Hot,
            [(Hot, FoundLoaded)] = Hot,
            [(Hot, FirstLeaseTaken)] = Leased,
            [(Hot, UnloadStarted)] = Unloading,
            [(Hot, FoundUnloaded)] = OnDisk,

            // Lost while requests run (the engine's runner died, or somebody unloaded it): the memory is gone, the requests end by themselves.
            [(Leased, PullStarted)] = Leased,
            [(Leased, FoundOnDisk)] = Leased,
            [(Leased, PullFailed)] = Leased,
            [(Leased, Deleted)] = Leased,
            [(Leased, FoundLoaded)] = Leased,
            [(Leased, LastLeaseReturned)] = Hot,
            [(Leased, FoundUnloaded)] = OnDisk,

            // Found loaded after the order to unload: the engine did not obey. (Answers older than the order are dropped before.)
            [(Unloading, PullStarted)] = Unloading,
            [(Unloading, FoundOnDisk)] = Unloading,
            [(Unloading, PullFailed)] = Unloading,
            [(Unloading, Deleted)] = Unloading,
            [(Unloading, FoundLoaded)] = Hot,
            [(Unloading, FoundUnloaded)] = OnDisk,

            // Found on disk: a file that was not there when it failed. The back-off is kept beside the state and outlives it.
            [(Failed, PullStarted)] = Pulling,
            [(Failed, FoundOnDisk)] = OnDisk,
            [(Failed, Deleted)] = Absent,
            [(Failed, LoadStarted)] = Loading,
            [(Failed, FoundLoaded)] = Hot,
            [(Failed, FoundUnloaded)] = Failed,
        }.ToFrozenDictionary();

    /// <summary>The state after <paramref name="trigger"/>; false, and the state unchanged, where the move is illegal.</summary>
    public static bool TryMove(ModelState state, ModelTrigger trigger, out ModelState next)
    {
        if (Transitions.TryGetValue((state, trigger), out next))
        {
            return true;
        }

        next = state;
        return false;
    }

    /// <summary>The table as Markdown: a row for each state, a column for each trigger, empty where the move is illegal.</summary>
    public static string ToMarkdown()
    {
        var triggers = Enum.GetValues<ModelTrigger>();
        var text = new StringBuilder("| state |");
        text.AppendJoin("|", triggers.Select(trigger => $" {trigger} ")).Append("|\n|").Insert(text.Length, " --- |", triggers.Length + 1).Append('\n');
        foreach (var state in Enum.GetValues<ModelState>())
        {
            text.Append("| ").Append(state).Append(" |");
            foreach (var trigger in triggers)
            {
                text.Append(TryMove(state, trigger, out var next) ? $" {next} |" : " |");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The moves that change the state, as a Mermaid state diagram.</summary>
    public static string ToMermaid()
    {
        var moves =
            from move in Transitions
            where move.Key.From != move.Value
            group move.Key.Trigger by (move.Key.From, To: move.Value) into edge
            orderby edge.Key.From, edge.Key.To
            select $"    {edge.Key.From} --> {edge.Key.To}: {string.Join(", ", edge.Order())}\n";
        return "stateDiagram-v2\n    [*] --> Absent\n" + string.Concat(moves);
    }
}
