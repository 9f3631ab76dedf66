using System.Threading.Channels;
using Homelab.Domain.Cluster;
using Homelab.Domain.Nodes;
using Homelab.Persistence.Cluster;
using Homelab.Telemetry;

namespace Homelab.Roles.Hub;

/// <summary>Carries out what the cluster's loop wants. Everything but the disk is done in place; a node that is to be kept is handed to a writer of its own.</summary>
internal sealed class HubEffects
{
    private readonly HubParts _parts;
    private readonly HubRouter _router;
    private readonly Channel<NodeSnapshot> _toSave = Channel.CreateUnbounded<NodeSnapshot>(new UnboundedChannelOptions { SingleReader = true });

    public HubEffects(HubParts parts, HubRouter router)
    {
        _parts = parts;
        _router = router;
    }

    /// <summary>Before a snapshot is published: whoever routes by it finds the node's address and key in place.</summary>
    public void Prepare(ClusterStep step)
    {
        foreach (var effect in step.Effects)
        {
            if (effect is ClusterEffect.BeatJudged { Verdict: BeatVerdict.Accepted } judged && _parts.Beats.Find(judged.Ticket) is { } ticket)
            {
                _parts.Links.Update(ticket.Report, step.Snapshot.Nodes.Find(judged.Node)?.Name ?? ticket.Report.Name, ticket.AccessKey);
            }
        }
    }

    /// <summary>One effect, after its snapshot was published.</summary>
    public void Execute(ClusterEffect effect)
    {
        switch (effect)
        {
            case ClusterEffect.BeatJudged judged:
                // Not sooner: the answer is made from the snapshot that knows the heartbeat.
                _parts.Metrics.Heartbeats.WithLabels(Words(judged.Verdict)).Inc();
                _parts.Beats.Take(judged.Ticket)?.Judge(judged.Verdict);
                break;
            case ClusterEffect.Deliver deliver:
                _parts.Beats.Release(deliver.Node);
                break;
            case ClusterEffect.Answer answer:
                _router.Desk.Answer(answer.WaiterId, answer.Decision);
                break;
            case ClusterEffect.CommandEnded ended:
                _parts.Metrics.Commands.WithLabels(ended.Outcome.Status.ToString().ToLowerInvariant()).Inc();
                _parts.Commands.End(ended.CommandId, ended.Outcome);
                break;
            case ClusterEffect.CommandMoved moved:
                _parts.Commands.Move(moved.CommandId, moved.Progress);
                break;
            case ClusterEffect.SaveNode save:
                _toSave.Writer.TryWrite(save.Node);
                break;
            case ClusterEffect.SaveMeasure save:
                _parts.Store.Save(StoredMeasures.Of(save));
                break;
            case ClusterEffect.Announce announce:
                _parts.Events.Publish(announce.Announcement, announce.Node);
                _parts.Log.LogInformation("{Type}: {Message}", announce.Announcement.Type, Printable.OneLine(announce.Announcement.Message, 500));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(effect));
        }
    }

    /// <summary>Keeps nodes in the store until cancelled; a disk that refuses is the store's to report, and the cluster goes on.</summary>
    public async Task SaveNodesAsync(CancellationToken cancellation)
    {
        await foreach (var node in _toSave.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            try
            {
                if (_parts.Loop.Snapshot.Nodes.Find(node.Id) is not null)
                {
                    _parts.Store.Save(new StoredNode(node.Id, node.Name, node.BootId, node.OldBoots, node.Draining, node.FirstSeen ?? _parts.Clock.WallTimeOf(node.JoinedAt)));
                    if (_parts.Loop.Snapshot.Nodes.Find(node.Id) is null)
                    {
                        // Removed, and deleted from the store, between the look and the save.
                        _parts.Store.DeleteNode(node.Id);
                    }
                }
            }
            catch (StateWriteException refused)
            {
                _parts.Log.LogWarning("state: {Problem}; the cluster goes on from memory", refused.Fault.Message);
            }
        }
    }

    private static string Words(BeatVerdict verdict) => verdict switch
    {
        BeatVerdict.Accepted => "accepted",
        BeatVerdict.Duplicate => "duplicate",
        BeatVerdict.Stale => "stale",
        BeatVerdict.StaleBoot => "stale_boot",
        _ => "unknown_node",
    };

    /// <summary>Whoever waits for the first byte of a node that is lost is told so. Called about once a second.</summary>
    public void GiveUpLost()
    {
        foreach (var node in _parts.Loop.Snapshot.Nodes)
        {
            if (node.Liveness == Liveness.Lost)
            {
                _parts.Links.GiveUp(node.Id);
            }
        }
    }
}
