using Homelab.Contracts;
using Homelab.Control;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>POST /homelab/v1/models/load</c>, <c>/unload</c>, <c>/pull</c> and <c>DELETE /homelab/v1/models</c>: admins only.
/// With <c>?progress=true</c> the answer is a stream of NDJSON lines, the last of which has <c>done</c>.</summary>
internal sealed class ModelCommands(DaemonParts parts, DaemonFacts facts, ModelOperations operations)
{
    public async Task LoadAsync(HttpContext context)
    {
        if (await ReadModelAsync(context).ConfigureAwait(false) is { } target)
        {
            var reply = new CommandReply(context);
            await EndAsync(reply, await operations.LoadAsync(target, parts.Settings.Policy.LoadTimeout, reply.Streams ? reply.ReportAsync : null, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    public async Task UnloadAsync(HttpContext context)
    {
        if (await ReadModelAsync(context).ConfigureAwait(false) is { } target)
        {
            var reply = new CommandReply(context);
            await EndAsync(reply, await operations.UnloadAsync(target, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    public async Task PullAsync(HttpContext context)
    {
        if (await ReadCommandAsync(context).ConfigureAwait(false) is { } command)
        {
            var reply = new CommandReply(context);
            await EndAsync(reply, await operations.PullAsync(command.Model, reply.Streams ? reply.ReportAsync : null, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    public async Task DeleteAsync(HttpContext context)
    {
        if (await ReadModelAsync(context).ConfigureAwait(false) is { } target)
        {
            var reply = new CommandReply(context);
            await EndAsync(reply, await operations.DeleteAsync(target, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private static Task EndAsync(CommandReply reply, OperationOutcome outcome) => outcome is { Result: { } result }
        ? reply.DoneAsync(result)
        : reply.FailAsync(outcome.Error!.Status, outcome.Error.Code, outcome.Error.Message);

    private async Task<ModelCommandWire?> ReadCommandAsync(HttpContext context)
    {
        var command = await ControlReply.ReadAsync(context, ContractsJson.Default.ModelCommandWire).ConfigureAwait(false);
        if (command is null)
        {
            return null;
        }

        if (command.Node is { Length: > 0 } node && node != facts.NodeId && !string.Equals(node, parts.Settings.NodeName, StringComparison.OrdinalIgnoreCase))
        {
            await ControlReply.FailAsync(context, 404, "node_not_found", $"there is no such node; this daemon commands only itself, {parts.Settings.NodeName}", "node").ConfigureAwait(false);
            return null;
        }

        return command;
    }

    /// <summary>The model that a command names, by any of its names; null, and the request answered, where there is none.</summary>
    private async Task<RouteTarget?> ReadModelAsync(HttpContext context)
    {
        if (await ReadCommandAsync(context).ConfigureAwait(false) is not { } command)
        {
            return null;
        }

        if (operations.Find(command.Model) is { } target)
        {
            return target;
        }

        var error = operations.NotFound(command.Model).Error!;
        await ControlReply.FailAsync(context, error.Status, error.Code, error.Message, "model").ConfigureAwait(false);
        return null;
    }
}
