using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Domain.Cluster;

/// <summary>Keeps what heartbeats tell of models in memory, for when they are not: how fast a node reads a prompt with a model, and how long requests hold
/// it there, is known again when it is loaded the next time, by this run of the hub or by a later one.</summary>
internal static class Measuring
{
    /// <summary>Models of one node that are remembered; whoever claims to have measured more is not believed.</summary>
    private const int MostModels = 1000;

    /// <summary>The replicas with what is remembered where they tell nothing, and what is to be remembered from now on; each piece of news is an effect.</summary>
    public static (ImmutableArray<NodeReplica> Replicas, ImmutableDictionary<ModelName, ModelMeasure> Known) Take(ClusterTurn turn, NodeSnapshot node, ImmutableArray<NodeReplica> replicas)
    {
        var known = node.Measures;
        var completed = replicas;
        for (var i = 0; i < replicas.Length; i++)
        {
            var replica = replicas[i];
            var before = known.GetValueOrDefault(replica.Model);
            var told = new ModelMeasure(replica.ServiceTime, replica.PrefillRate, replica.DecodeRate, replica.Capacity);
            var measure = before is null ? told : told.Over(before);
            if (measure != told)
            {
                completed = completed.SetItem(i, replica with { ServiceTime = measure.ServiceTime, PrefillRate = measure.PrefillRate, DecodeRate = measure.DecodeRate });
            }

            if (measure is { ServiceTime: null, PrefillRate: null, DecodeRate: null } || before?.IsOverturnedBy(measure) == false || (before is null && known.Count >= MostModels))
            {
                continue;
            }

            known = known.SetItem(replica.Model, measure);
            turn.Add(new ClusterEffect.SaveMeasure(node.Id, replica.Model, measure));
        }

        return (completed, known);
    }
}
