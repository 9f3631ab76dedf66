using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Gateway;
using Homelab.Gateway.Errors;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>POST /homelab/v1/models/load</c>, <c>/unload</c>, <c>/pull</c> and <c>DELETE /homelab/v1/models</c>: admins only.
/// With <c>?progress=true</c> the answer is a stream of NDJSON lines, the last of which has <c>done</c>.</summary>
internal sealed class ModelCommands(DaemonParts parts, DaemonFacts facts, PullCoordinator pulls, Func<CancellationToken, Task> observe)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);

    public async Task LoadAsync(HttpContext context)
    {
        if (await ReadModelAsync(context).ConfigureAwait(false) is not { Local.Name: var model })
        {
            return;
        }

        var began = parts.Clock.Now;
        var progress = new RouteProgress();
        var work = parts.Loop.WaitAsync(model, "operator", parts.Settings.Policy.LoadTimeout, isOperator: true, progress, context.RequestAborted);
        var reply = new CommandReply(context);
        while (reply.Streams && !work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(ReportEvery, parts.Clock.Time, context.RequestAborted)).ConfigureAwait(false);
            if (!work.IsCompleted && progress.Current is { } report)
            {
                await reply.ReportAsync(new ProgressWire(report.Phase, Fraction: report.Fraction, RemainingSeconds: report.Remaining?.TotalSeconds)).ConfigureAwait(false);
            }
        }

        var (refusal, _) = await work.ConfigureAwait(false);
        if (refusal is null)
        {
            await reply.DoneAsync(Result(model, began, null)).ConfigureAwait(false);
        }
        else
        {
            var error = GatewayErrors.Of(refusal);
            await reply.FailAsync(error.Status, error.Code, error.Message).ConfigureAwait(false);
        }
    }

    public async Task UnloadAsync(HttpContext context)
    {
        if (await ReadModelAsync(context).ConfigureAwait(false) is not { Local.Name: var model })
        {
            return;
        }

        var reply = new CommandReply(context);
        var began = parts.Clock.Now;
        var gate = parts.Loop.Model(model).Gate;
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);

        // The gate's own count: the snapshot's is as old as the last event and still names a request that has just ended.
        var decided = SnapshotWait.UntilAsync(parts.Loop, s => s.Models.GetValueOrDefault(model)?.Replica is null || gate.Leases > 0, watching.Token);
        while (!decided.IsCompleted)
        {
            // Asked for again where a request came between and has ended: the scheduler forgot the wish for it.
            await parts.Loop.PostAsync(new ResidencyEvent.UnloadWanted(model), context.RequestAborted).ConfigureAwait(false);
            await Task.WhenAny(decided, Task.Delay(ReportEvery, parts.Clock.Time, watching.Token)).ConfigureAwait(false);
        }

        await watching.CancelAsync().ConfigureAwait(false);
        if ((await decided.ConfigureAwait(false)).Models.GetValueOrDefault(model)?.Replica is null)
        {
            await reply.DoneAsync(Result(model, began, null)).ConfigureAwait(false);
        }
        else
        {
            await reply.FailAsync(409, "model_in_use", $"{model} is in use on {parts.Settings.NodeName}; a model in use is never unloaded").ConfigureAwait(false);
        }
    }

    public async Task PullAsync(HttpContext context)
    {
        if (await ReadCommandAsync(context).ConfigureAwait(false) is not { } command)
        {
            return;
        }

        if (!ModelName.TryParse(command.Model, out var model))
        {
            await ControlReply.FailAsync(context, 400, "invalid_request", "that is not the name of a model", "model").ConfigureAwait(false);
            return;
        }

        var began = parts.Clock.Now;
        var reply = new CommandReply(context);
        try
        {
            await foreach (var step in pulls.FollowAsync(model, context.RequestAborted).ConfigureAwait(false))
            {
                double? fraction = step.Total > ByteSize.Zero ? (double)step.Completed.Bytes / step.Total.Bytes : null;
                await reply.ReportAsync(new ProgressWire("pulling", step.Status, step.Completed.Bytes, step.Total > ByteSize.Zero ? step.Total.Bytes : null, fraction)).ConfigureAwait(false);
            }

            await reply.DoneAsync(Result(model, began, null)).ConfigureAwait(false);
        }
        catch (EngineException problem)
        {
            var (status, code) = problem.Kind == LoadFailure.NotInstalled ? (404, "model_not_found") : (502, "engine_error");
            await reply.FailAsync(status, code, $"{model} could not be pulled: {problem.Message}").ConfigureAwait(false);
        }
    }

    public async Task DeleteAsync(HttpContext context)
    {
        if (await ReadModelAsync(context).ConfigureAwait(false) is not { Local: var local, Name: var model })
        {
            return;
        }

        var began = parts.Clock.Now;
        var reply = new CommandReply(context);
        if (parts.Loop.Snapshot.Models.GetValueOrDefault(local.Name) is { Replica: not null } or { Load: not null })
        {
            await reply.FailAsync(409, "model_in_use", $"{model} is in memory on {parts.Settings.NodeName}; run: homelab models unload {model}").ConfigureAwait(false);
            return;
        }

        try
        {
            await parts.Engine.DeleteAsync(model, context.RequestAborted).ConfigureAwait(false);
            await observe(context.RequestAborted).ConfigureAwait(false);
            await reply.DoneAsync(Result(model, began, "deleted")).ConfigureAwait(false);
        }
        catch (EngineException problem)
        {
            await reply.FailAsync(problem.Kind == LoadFailure.NotInstalled ? 404 : 502, problem.Kind == LoadFailure.NotInstalled ? "model_not_found" : "engine_error", problem.Message).ConfigureAwait(false);
        }
    }

    private ModelCommandResultWire Result(ModelName model, TimeSpan began, string? message)
    {
        var record = parts.Loop.Snapshot.Models.GetValueOrDefault(model);
        return new ModelCommandResultWire(
            model.Value,
            parts.Settings.NodeName,
            StateNames.Of(record?.State ?? ModelState.Absent),
            record?.Replica?.Allocation.Sum(a => a.Bytes.Bytes),
            (parts.Clock.Now - began).TotalSeconds,
            message);
    }

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

        if (parts.Catalog.Routes.Routes.TryGetValue(command.Model ?? "", out var route))
        {
            return route.Targets[0];
        }

        var refusal = ResidencyRefusals.NotFound(command.Model ?? "", parts.Settings.NodeName);
        await ControlReply.FailAsync(context, 404, "model_not_found", refusal.Message, "model").ConfigureAwait(false);
        return null;
    }
}
