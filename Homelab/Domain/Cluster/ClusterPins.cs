using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;

namespace Homelab.Domain.Cluster;

/// <summary>Loads that nobody asks for at this moment: models that the cluster keeps loaded on one node, and those that were in use on a node
/// that was lost.</summary>
internal static class ClusterPins
{
    public static void OnTick(ClusterTurn turn)
    {
        if (turn.Snapshot.CutOff)
        {
            return;
        }

        foreach (var (model, rules) in turn.Policy.Placement.Models.OrderBy(m => m.Key))
        {
            if (rules.Pin && turn.Snapshot.PinRetries.GetValueOrDefault(model) <= turn.Now && !IsSomewhere(turn, model)
                && turn.Decide(Demand(model)) is PlacementDecision.Load { Joins: null } load)
            {
                LoadWaiting.Begin(turn, model, load);
            }
        }
    }

    /// <summary>Loads elsewhere what was in use on a lost node and is hot nowhere else, if nothing dearer goes for it. The first use may not be
    /// in the rate yet.</summary>
    public static void Replace(ClusterTurn turn, NodeSnapshot lost)
    {
        if (turn.Snapshot.CutOff)
        {
            return;
        }

        foreach (var replica in lost.Replicas.Where(static r => r.IsHot && (r.UsesPerSecond > 0 || r.Leases > 0)).OrderByDescending(VictimChoice.Price).ThenBy(r => r.Model))
        {
            if (!IsSomewhere(turn, replica.Model) && turn.Decide(Demand(replica.Model)) is PlacementDecision.Load { Joins: null } load
                && load.Victims.Sum(v => VictimChoice.Price(load.Node.Find(v)!)) <= VictimChoice.Price(replica))
            {
                LoadWaiting.Begin(turn, replica.Model, load);
            }
        }
    }

    private static PlacementDemand Demand(ModelName model) => new(model) { Seed = (long)SeededHash.Of(model.Value) };

    private static bool IsSomewhere(ClusterTurn turn, ModelName model) =>
        turn.Snapshot.Loads.Any(l => l.Model == model)
        || turn.Snapshot.Nodes.Any(n => n.Liveness is Liveness.Live or Liveness.Suspect && n.Find(model) is { State: not ModelState.Unloading });
}
