using System.Globalization;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Cluster;
using Homelab.Domain.Nodes;
using Homelab.Domain.Residency;
using Homelab.Gateway.Access;
using Homelab.Telemetry;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>GET /homelab/v1/infra</c>, <c>/infra/{node}/{root}</c> and <c>/infra/{node}/{root}/file</c>: files of any machine of the cluster. Each call is a command to that
/// machine, which decides by its own configuration; the hub shows what it answers and tells who asked.</summary>
internal sealed class InfraEndpoint(HubParts parts)
{
    /// <summary>Longer than a node gives its file systems, so that its own answer comes first.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan RootsDeadline = TimeSpan.FromSeconds(5);

    public async Task NodesAsync(HttpContext context)
    {
        var named = context.Request.Query[ControlRoutes.NodeQuery].ToString();
        var nodes = named.Length == 0 ? [.. parts.Loop.Snapshot.Nodes.OrderBy(static n => n.Name, StringComparer.Ordinal)]
            : parts.Loop.Snapshot.Nodes.FindNamed(named) is { } one ? new[] { one } : [];
        if (named.Length > 0 && nodes.Length == 0)
        {
            await NoSuchNode(named).WriteAsync(context).ConfigureAwait(false);
            return;
        }

        var query = new InfraQueryWire(context.GetPrincipal()?.Name ?? "");
        IReadOnlyList<InfraNodeWire> answers = await Task.WhenAll(nodes.Select(async node =>
        {
            var (answer, problem) = await AskAsync(CommandKind.InfraRoots, node, query, RootsDeadline, context.RequestAborted).ConfigureAwait(false);
            return new InfraNodeWire(node.Id, node.Name, NodesEndpoint.StateOf(node), answer?.Roots ?? [], problem?.Message);
        })).ConfigureAwait(false);
        await ControlReply.WriteAsync(context, answers, ContractsJson.Default.IReadOnlyListInfraNodeWire).ConfigureAwait(false);
    }

    public Task ListAsync(HttpContext context) => AnswerAsync(context, CommandKind.InfraList, static a => a.List, (list, node) => ControlReply.WriteAsync(context, list with { Node = node }, ContractsJson.Default.InfraListWire));

    public Task ReadAsync(HttpContext context) => AnswerAsync(context, CommandKind.InfraRead, static a => a.File, (file, node) => ControlReply.WriteAsync(context, file with { Node = node }, ContractsJson.Default.InfraFileWire));

    private async Task AnswerAsync<T>(HttpContext context, CommandKind kind, Func<InfraAnswerWire, T?> part, Func<T, string, Task> write)
        where T : class
    {
        var named = context.Request.RouteValues["node"] as string ?? "";
        var query = new InfraQueryWire(context.GetPrincipal()?.Name ?? "", context.Request.RouteValues["root"] as string, context.Request.Query[ControlRoutes.PathQuery].ToString());
        if (!InfraCall.TryOffset(context.Request.Query[ControlRoutes.OffsetQuery].ToString(), out var offset))
        {
            await InfraCall.OffsetProblem.WriteAsync(context).ConfigureAwait(false);
            return;
        }

        query = query with { OffsetBytes = offset };
        if (parts.Loop.Snapshot.Nodes.FindNamed(named) is not { } node)
        {
            Announce(InfraEventTypes.Refused, null, query, $"was refused {Place(named, query)}: there is no such machine", InfraProblem.NodeNotFound);
            await NoSuchNode(named).WriteAsync(context).ConfigureAwait(false);
            return;
        }

        var (answer, problem) = await AskAsync(kind, node, query, Deadline, context.RequestAborted).ConfigureAwait(false);
        if (problem is null && part(answer!) is { } shown)
        {
            var isRead = kind == CommandKind.InfraRead;
            Announce(isRead ? InfraEventTypes.Read : InfraEventTypes.Listed, node.Name, query, $"{(isRead ? "read" : "listed")} {Place(node.Name, query)}");
            await write(shown, node.Name).ConfigureAwait(false);
            return;
        }

        problem ??= Lost(node);
        Announce(InfraEventTypes.Refused, node.Name, query, $"was refused {Place(node.Name, query)}: {problem.Message}", problem.Code);
        await problem.WriteAsync(context).ConfigureAwait(false);
    }

    /// <summary>One of them.</summary>
    private async Task<(InfraAnswerWire? Answer, InfraProblem? Problem)> AskAsync(CommandKind kind, NodeSnapshot node, InfraQueryWire query, TimeSpan deadline, CancellationToken cancellation)
    {
        var pending = await parts.Commands.AskAsync(kind, node.Id, query, deadline, cancellation).ConfigureAwait(false);
        var outcome = await pending.Outcome.WaitAsync(cancellation).ConfigureAwait(false);
        return outcome.Status switch
        {
            CommandStatus.Done => pending.Answer is { } answer ? (answer, null) : (null, Lost(node)),
            CommandStatus.Rejected => (null, new InfraProblem(InfraProblem.NotSupported, $"{node.Name} runs homelab {node.Version}, which cannot show files; update homelab there")),
            CommandStatus.Stale => (null, new InfraProblem("capacity_timeout", $"{node.Name} did not take the question within {deadline.TotalSeconds:0} s; homelab nodes shows whether it is well. Ask again in a moment")),
            _ when outcome.Code == "no_live_nodes" => (null, new InfraProblem("no_live_nodes", $"{outcome.Message ?? $"{node.Name} cannot be reached"}; its files can be read when its daemon reports again (homelab nodes)")),
            _ => (null, new InfraProblem(outcome.Code ?? InfraProblem.Failed, outcome.Message ?? $"{node.Name} gave no reason")),
        };
    }

    private static InfraProblem Lost(NodeSnapshot node) => new(InfraProblem.Failed, $"the answer of {node.Name} was lost on its way; ask again");

    private static InfraProblem NoSuchNode(string named) =>
        new(InfraProblem.NodeNotFound, $"there is no machine '{Printable.OneLine(named, 64)}' in the cluster; homelab nodes lists them", "node");

    private static string Place(string node, InfraQueryWire query) => Printable.OneLine($"{node}:{query.Root}/{query.Path}".TrimEnd('/'), 300);

    private void Announce(string type, string? node, InfraQueryWire query, string what, string? code = null) => parts.Events.Publish(
        Announcement.Of(type, null, $"{query.By} {what}", [("by", query.By), ("offset_bytes", query.OffsetBytes.ToString(CultureInfo.InvariantCulture)), ("root", Printable.OneLine(query.Root ?? "", 64)), ("path", Printable.OneLine(query.Path ?? "", 300)), .. code is null ? Array.Empty<(string, string)>() : [("code", code)]]),
        node);
}
