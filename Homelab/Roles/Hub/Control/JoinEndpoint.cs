using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Cluster;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Persistence.Cluster;
using Homelab.Telemetry;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>POST /homelab/v1/nodes/join</c>: open to anyone who has a join token, which it exchanges for the node's own credential. Guessing is slowed by address.</summary>
internal sealed class JoinEndpoint(HubParts parts)
{
    private const int LongestToken = 512;
    private const int LongestName = 64;

    private readonly FailureLimiter _failures = new(parts.Clock.Time);

    public async Task HandleAsync(HttpContext context)
    {
        if (await ControlReply.ReadAsync(context, ContractsJson.Default.JoinWire).ConfigureAwait(false) is not { } join)
        {
            return;
        }

        if (Check(join) is { } wrong)
        {
            await ControlReply.FailAsync(context, 400, "invalid_request", wrong, wrong.Split(' ')[0]).ConfigureAwait(false);
            return;
        }

        // Whoever is on this machine and comes through no proxy may do everything anyway.
        var remote = context.Connection.RemoteIpAddress;
        var isFar = context.GetPrincipal() is not { Kind: PrincipalKind.Local };
        if (isFar && _failures.IsBlocked(remote))
        {
            context.Response.Headers.RetryAfter = "60";
            await ControlReply.FailAsync(context, 429, "rate_limit_exceeded", "too many wrong join tokens from this address; wait a minute").ConfigureAwait(false);
            return;
        }

        var name = Printable.OneLine(join.Name, LongestName);
        try
        {
            if (parts.Keys.Nodes.Join(join.Token, join.NodeId, name) is not { } credential)
            {
                if (isFar)
                {
                    _failures.CountFailure(remote);
                }

                await ControlReply.FailAsync(context, 401, "invalid_join_token", "the join token is wrong, used up or expired").ConfigureAwait(false);
                return;
            }

            // In this order: by the time that the node has its credential, the hub knows the node, and calls it by a name that no other has.
            await parts.Loop.ApplyAsync(new ClusterEvent.NodeJoined(join.NodeId, name, Printable.OneLine(join.Version, LongestName)), CancellationToken.None).ConfigureAwait(false);
            var snapshot = parts.Loop.Snapshot;
            await ControlReply.WriteAsync(context, new JoinedWire(join.NodeId, snapshot.Nodes.Find(join.NodeId)?.Name ?? name, credential, snapshot.Epoch), ContractsJson.Default.JoinedWire).ConfigureAwait(false);
        }
        catch (StateWriteException refused)
        {
            await ControlReply.FailAsync(context, 507, "state_not_saved", $"the hub cannot keep a new credential: {refused.Fault.Message}").ConfigureAwait(false);
        }
    }

    private static string? Check(JoinWire join) =>
        string.IsNullOrEmpty(join.Token) || join.Token.Length > LongestToken ? "token is missing or too long"
        : string.IsNullOrEmpty(join.NodeId) || join.NodeId.Length > LongestName || !join.NodeId.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') ? "node_id must be at most 64 small letters, digits and dashes"
        : string.IsNullOrWhiteSpace(join.Name) || join.Name.Length > 256 ? "name is missing or too long"
        : join.Version is not { Length: <= 256 } ? "version is missing or too long"
        : null;
}
