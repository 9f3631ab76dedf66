using System.Globalization;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Gateway.Errors;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>POST /homelab/v1/models/load</c>, <c>/unload</c>, <c>/pull</c> and <c>DELETE /homelab/v1/models</c>: admins only. Each becomes a command to one machine,
/// the one that is named or the one that placement chooses; an unload without a name goes to all that hold the model.</summary>
internal sealed class ModelCommands(HubParts parts)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    public async Task LoadAsync(HttpContext context)
    {
        if (await ReadAsync(context).ConfigureAwait(false) is { } asked)
        {
            await LoadAsync(context, asked.Model, asked.Node).ConfigureAwait(false);
        }
    }

    /// <summary>Loads a model, or starts an app, on the node that is named or the one that placement chooses.</summary>
    public async Task LoadAsync(HttpContext context, ModelName model, NodeSnapshot? node)
    {
        var asked = new Asked(model, node);
        var (decision, now) = await DecideAsync(asked, context.RequestAborted).ConfigureAwait(false);
        switch (decision)
        {
            case PlacementDecision.Route route:
                await new CommandReply(context).DoneAsync(new ModelCommandResultWire(asked.Model.Value, route.Node.Name, "hot", route.Replica.Bytes.Bytes, 0, "it is in memory already")).ConfigureAwait(false);
                return;
            case PlacementDecision.Load or PlacementDecision.Queue:
                // Chosen once more where the room is taken: two orders of the same moment must not go for the same bytes.
                await RunAsync(context, asked.Model, CommandKind.Load, [asked.Node?.Id ?? ""], parts.Settings.Policy.LoadTimeout).ConfigureAwait(false);
                return;
            case PlacementDecision.NotInstalled when asked is { Node: { } only, Model.IsApp: false }:
                await ControlReply.FailAsync(context, 404, "model_not_found", $"model '{asked.Model}' is not installed on {only.Name}; run: homelab models pull {asked.Model} --node {only.Name}", "model").ConfigureAwait(false);
                return;
            default:
                var refusal = GatewayErrors.Of(HubRefusals.Of(decision, asked.Model, now)!);
                await ControlReply.FailAsync(context, refusal.Status, refusal.Code, refusal.Message, "model").ConfigureAwait(false);
                return;
        }
    }

    public async Task UnloadAsync(HttpContext context)
    {
        if (await ReadAsync(context).ConfigureAwait(false) is { } asked)
        {
            await UnloadAsync(context, asked.Model, asked.Node).ConfigureAwait(false);
        }
    }

    /// <summary>Unloads a model, or stops an app, on the node that is named or on all that hold it.</summary>
    public async Task UnloadAsync(HttpContext context, ModelName model, NodeSnapshot? node)
    {
        var asked = new Asked(model, node);
        var holding = Nodes(asked).Where(n => n.Find(asked.Model) is not null).ToList();
        await (holding.Count > 0
            ? RunAsync(context, asked.Model, CommandKind.Unload, [.. holding.Select(static n => n.Id)], HubSettings.UnloadTimeout)
            : new CommandReply(context).DoneAsync(new ModelCommandResultWire(asked.Model.Value, asked.Node?.Name ?? "the cluster", "on_disk", null, 0, asked.Model.IsApp ? "it did not run" : "it was not in memory"))).ConfigureAwait(false);
    }

    public async Task PullAsync(HttpContext context)
    {
        if (await ReadAsync(context).ConfigureAwait(false) is not { } asked)
        {
            return;
        }

        // Where the most room is, unless one is named; among equals the first by name.
        var node = asked.Node ?? parts.Loop.Snapshot.Nodes.Where(static n => n.TakesWork).OrderByDescending(static n => n.LargestBudget.Bytes).ThenBy(static n => n.Name, StringComparer.Ordinal).FirstOrDefault();
        await (node is null
            ? ControlReply.FailAsync(context, 503, "no_live_nodes", "no machine of the cluster takes work")
            : RunAsync(context, asked.Model, CommandKind.Pull, [node.Id], HubSettings.PullTimeout)).ConfigureAwait(false);
    }

    public async Task DeleteAsync(HttpContext context)
    {
        if (await ReadAsync(context).ConfigureAwait(false) is not { } asked)
        {
            return;
        }

        var having = Nodes(asked).Where(n => n.Inventory.Models.ContainsKey(asked.Model)).ToList();
        await (having.Count switch
        {
            0 => ControlReply.FailAsync(context, 404, "model_not_found", $"model '{asked.Model}' is not installed on {asked.Node?.Name ?? "any machine of the cluster"}", "model"),
            1 => RunAsync(context, asked.Model, CommandKind.Delete, [having[0].Id], HubSettings.UnloadTimeout),
            _ => ControlReply.FailAsync(context, 409, "several_nodes", $"{asked.Model} is on {string.Join(", ", having.Select(static n => n.Name))}; say which machine (--node)", "node"),
        }).ConfigureAwait(false);
    }

    /// <summary>As a request does, an order waits a moment where the hub is about to know more of its machines than it does.</summary>
    private async Task<(PlacementDecision Decision, TimeSpan Now)> DecideAsync(Asked asked, CancellationToken cancellation)
    {
        while (true)
        {
            var now = parts.Clock.Now;
            var snapshot = parts.Loop.Snapshot;
            var decision = PlacementPlanner.Decide(snapshot.Placement, new PlacementDemand(asked.Model) { Node = asked.Node?.Id }, parts.Dispatches, now);
            if (decision is not (PlacementDecision.NotInstalled or PlacementDecision.NoLiveNodes) || !ClusterGathering.IsUnderWay(snapshot, now))
            {
                return (decision, now);
            }

            await Task.Delay(LookEvery, parts.Clock.Time, cancellation).ConfigureAwait(false);
        }
    }

    private static string StateAfter(CommandKind kind) => kind switch
    {
        CommandKind.Load => "hot",
        CommandKind.Delete => "absent",
        _ => "on_disk",
    };

    private IEnumerable<NodeSnapshot> Nodes(Asked asked) =>
        asked.Node is { } only ? [only] : parts.Loop.Snapshot.Nodes.Where(static n => n.Liveness is Liveness.Live or Liveness.Suspect);

    private async Task<Asked?> ReadAsync(HttpContext context)
    {
        if (await ControlReply.ReadAsync(context, ContractsJson.Default.ModelCommandWire).ConfigureAwait(false) is not { } command)
        {
            return null;
        }

        var names = string.IsNullOrWhiteSpace(command.Model) ? [] : parts.Catalog.Names(command.Model);
        if (names.IsEmpty)
        {
            await ControlReply.FailAsync(context, 400, "invalid_request", "model must be a model's name", "model").ConfigureAwait(false);
            return null;
        }

        NodeSnapshot? node = null;
        if (command.Node is { Length: > 0 } asked)
        {
            node = parts.Loop.Snapshot.Nodes.FindNamed(asked);
            if (node is null)
            {
                await NodesEndpoint.NotFoundAsync(context, "node").ConfigureAwait(false);
                return null;
            }
        }

        return new Asked(names[0], node);
    }

    /// <summary>Orders it and waits. Whoever leaves leaves it to the cluster.</summary>
    /// <param name="context">Answered here.</param>
    /// <param name="model">Which model.</param>
    /// <param name="kind">What is wanted.</param>
    /// <param name="nodes">Ids of the nodes that do it; an empty one for a load: placement chooses.</param>
    /// <param name="deadline">From now; what has not begun then is not begun.</param>
    private async Task RunAsync(HttpContext context, ModelName model, CommandKind kind, IReadOnlyList<string> nodes, TimeSpan deadline)
    {
        var began = parts.Clock.Now;
        var reply = new CommandReply(context);
        var commands = new List<PendingCommand>();
        foreach (var node in nodes)
        {
            commands.Add(await parts.Commands.StartAsync(kind, node, model, deadline, context.RequestAborted).ConfigureAwait(false));
        }

        var all = Task.WhenAll(commands.Select(static c => c.Outcome));
        while (!all.IsCompleted)
        {
            await Task.WhenAny(all, Task.Delay(ReportEvery, parts.Clock.Time, context.RequestAborted)).ConfigureAwait(false);
            context.RequestAborted.ThrowIfCancellationRequested();
            if (reply.Streams && !all.IsCompleted && commands.Select(static c => c.Progress).FirstOrDefault(static p => p is not null) is { } progress)
            {
                await reply.ReportAsync(new ProgressWire(progress.Phase, progress.Status, progress.CompletedBytes, progress.TotalBytes, progress.Fraction, progress.RemainingSeconds)).ConfigureAwait(false);
            }
        }

        var outcomes = await all.ConfigureAwait(false);
        if (Array.Find(outcomes, static o => o.Status != CommandStatus.Done) is { } failed)
        {
            await reply.FailAsync(GatewayErrors.StatusOf(failed.Code), failed.Code ?? "command_failed", failed.Message ?? string.Create(CultureInfo.InvariantCulture, $"{failed.Node} did not do it ({failed.Status})")).ConfigureAwait(false);
            return;
        }

        await reply.DoneAsync(new ModelCommandResultWire(
            model.Value,
            string.Join(", ", outcomes.Select(static o => o.Node)),
            outcomes[0].Result?.State is { Length: > 0 } state ? state : StateAfter(kind),
            outcomes.Sum(static o => o.Result?.Bytes ?? 0) is > 0 and var bytes ? bytes : null,
            (parts.Clock.Now - began).TotalSeconds,
            outcomes[0].Result?.Message)).ConfigureAwait(false);
    }

    /// <summary>What a command names.</summary>
    private sealed record Asked(ModelName Model, NodeSnapshot? Node);
}
