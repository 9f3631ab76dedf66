using System.Text.Json;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Cluster;
using Homelab.Gateway.Access;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>POST /homelab/v1/nodes/heartbeat</c>: for nodes, each for itself. The answer is held until there is something to say, a newer heartbeat of the
/// node comes, or the time that the node allows is over.</summary>
internal sealed class HeartbeatEndpoint(HubParts parts)
{
    /// <summary>Longest hold, whatever a node allows.</summary>
    private static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(1);

    private const string AnotherSpeaks = "another daemon speaks for this node now. If two machines share a copied state folder, delete state/node.json and state/hubs.json on one of them and join it again";

    public async Task HandleAsync(HttpContext context)
    {
        if (await ReadAsync(context).ConfigureAwait(false) is not var (wire, missing))
        {
            return;
        }

        var principal = context.GetPrincipal();
        if (principal?.NodeId is not { } nodeId || !string.Equals(wire.NodeId, nodeId, StringComparison.Ordinal))
        {
            await ControlReply.FailAsync(context, 403, "insufficient_permissions", "a node's credential is for its own heartbeats only", "node_id").ConfigureAwait(false);
            return;
        }

        if (missing is not null)
        {
            await ControlReply.FailAsync(context, 400, "invalid_request", $"the heartbeat is not one: {missing} is missing", missing).ConfigureAwait(false);
            return;
        }

        if (HeartbeatReader.Read(wire, context.Connection.RemoteIpAddress, parts.Clock.Now, out var problem) is not { } report)
        {
            await ControlReply.FailAsync(context, 400, "invalid_request", $"the heartbeat is not one: {problem}", problem?.Split(' ')[0]).ConfigureAwait(false);
            return;
        }

        parts.Commands.Bring(nodeId, wire.Results);
        var ticket = parts.Beats.Open(report, wire.AccessKey);
        try
        {
            await parts.Loop.PostAsync(new ClusterEvent.BeatArrived(ticket.Id, report, parts.Dispatches.At(nodeId)), context.RequestAborted).ConfigureAwait(false);
            switch (await ticket.Verdict.WaitAsync(context.RequestAborted).ConfigureAwait(false))
            {
                case BeatVerdict.Stale:
                    await ControlReply.FailAsync(context, 409, "stale_heartbeat", "a newer heartbeat of this node was here before; nothing changed", "sequence").ConfigureAwait(false);
                    return;
                case BeatVerdict.StaleBoot:
                    await ControlReply.FailAsync(context, 409, "stale_heartbeat", AnotherSpeaks, "boot_id").ConfigureAwait(false);
                    return;
                case BeatVerdict.UnknownNode:
                    await ControlReply.FailAsync(context, 401, "invalid_api_key", "the hub does not know this node (any more); join it again").ConfigureAwait(false);
                    return;
                default:
                    await HoldAsync(context, ticket, TimeSpan.FromSeconds(Math.Min(wire.HoldSeconds, LongestHold.TotalSeconds))).ConfigureAwait(false);
                    return;
            }
        }
        finally
        {
            parts.Beats.Drop(ticket);
        }
    }

    private static async Task<(HeartbeatWire Wire, string? Missing)?> ReadAsync(HttpContext context)
    {
        ControlReply.BoundBodyTime(context);
        using var body = await BoundedBody.ReadAsync(context, ClusterProtocol.LargestHeartbeat).ConfigureAwait(false);
        if (body is null)
        {
            context.Response.Headers.Connection = "close";
            await ControlReply.FailAsync(context, 413, "body_too_large", $"a heartbeat is at most {ClusterProtocol.LargestHeartbeat} bytes").ConfigureAwait(false);
            return null;
        }

        try
        {
            return (HeartbeatJson.Read(body.Bytes, out var missing), missing);
        }
        catch (JsonException)
        {
            // In our words: the library's name our types.
            await ControlReply.FailAsync(context, 400, "invalid_json", "the body is no heartbeat in JSON").ConfigureAwait(false);
            return null;
        }
    }

    private async Task HoldAsync(HttpContext context, BeatTicket ticket, TimeSpan hold)
    {
        var node = ticket.Report.NodeId;
        if (hold > TimeSpan.Zero && !IsUrgent(ticket))
        {
            parts.Beats.Hold(ticket);
            try
            {
                // Looked at again after holding: what came in between has released nobody.
                if (!IsUrgent(ticket))
                {
                    await ticket.Released.WaitAsync(hold, parts.Clock.Time, context.RequestAborted).ConfigureAwait(false);
                }
            }
            catch (TimeoutException)
            {
                // Nothing to say; the answer is a plain acknowledgement.
            }
            catch (OperationCanceledException) when (parts.Beats.Let(ticket))
            {
                // The connection broke while it was the node's only one: that says more than silence.
                parts.Loop.TryPost(new ClusterEvent.ContactLost(node, ticket.Report.BootId));
                throw;
            }
            finally
            {
                parts.Beats.Let(ticket);
            }
        }

        if (ClusterAcks.For(parts.Loop.Snapshot, node, ticket.Report.BootId, parts.Loop.Now) is not { } ack)
        {
            // Removed while it was held, or superseded by a newer run.
            await (parts.Loop.Snapshot.Nodes.Find(node) is null
                ? ControlReply.FailAsync(context, 401, "invalid_api_key", "the hub does not know this node any more; join it again")
                : ControlReply.FailAsync(context, 409, "stale_heartbeat", AnotherSpeaks, "boot_id")).ConfigureAwait(false);
            return;
        }

        await ControlReply.WriteAsync(context, Wire(ack, ticket), ContractsJson.Default.HeartbeatAckWire).ConfigureAwait(false);
    }

    private HeartbeatAckWire Wire(ClusterAck ack, BeatTicket ticket) => new(
        ticket.Report.Sequence,
        ack.Epoch,
        parts.Settings.Policy.Heartbeat.TotalSeconds,
        ack.SendInventory,
        ack.Name,
        ack.Draining,
        ack.ModelsVersion,
        ack.Commands.IsEmpty ? null : [.. ack.Commands.Select(c => new HubCommandWire(c.Command.Id, JsonNamingPolicy.SnakeCaseLower.ConvertName(c.Command.Kind.ToString()), ack.Epoch, c.Left.TotalSeconds, c.Command.Model?.Value, c.Command.Target, parts.Commands.QueryOf(c.Command.Id)))],
        parts.Dispatches.StraightAt(ticket.Report.NodeId));

    private bool IsUrgent(BeatTicket ticket) => ClusterAcks.For(parts.Loop.Snapshot, ticket.Report.NodeId, ticket.Report.BootId, parts.Loop.Now) is null or { IsUrgent: true };
}
