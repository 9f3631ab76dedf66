using Homelab.Contracts;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Gateway;
using Homelab.Gateway.Errors;

namespace Homelab.Roles.Daemon;

/// <summary>What may be done to a model of this machine from outside: load, unload, pull, delete. The one way for the control API and for a hub's commands,
/// so that both meet the same rules: the machine's own.</summary>
internal sealed class ModelOperations(DaemonParts parts, PullCoordinator pulls, Func<CancellationToken, Task> observe)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);

    /// <summary>The model that a name stands for here, by any of its names; null where there is none.</summary>
    public RouteTarget? Find(string? name) =>
        parts.Catalog.Routes.Routes.TryGetValue(name ?? "", out var route) ? route.Targets[0] : null;

    /// <summary>That there is none.</summary>
    public OperationOutcome NotFound(string? name) =>
        OperationOutcome.Failed(404, "model_not_found", ResidencyRefusals.NotFound(name ?? "", parts.Settings.NodeName).Message);

    /// <summary>Brings the model into memory, waiting for room where there is none yet.</summary>
    /// <param name="target">As <see cref="Find"/> gave it.</param>
    /// <param name="longest">How long it may wait and load.</param>
    /// <param name="report">Told about once a second how far it is; null: nobody wants to know.</param>
    /// <param name="cancellation">Stops waiting; a load that nobody waits for is given up after a while.</param>
    public async Task<OperationOutcome> LoadAsync(RouteTarget target, TimeSpan longest, Func<ProgressWire, Task>? report, CancellationToken cancellation)
    {
        var began = parts.Clock.Now;
        var progress = new RouteProgress();
        var work = parts.Loop.WaitAsync(target.Local.Name, "operator", longest, isOperator: true, progress, cancellation);
        while (report is not null && !work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(ReportEvery, parts.Clock.Time, cancellation)).ConfigureAwait(false);
            if (!work.IsCompleted && progress.Current is { } current)
            {
                await report(new ProgressWire(current.Phase, Fraction: current.Fraction, RemainingSeconds: current.Remaining?.TotalSeconds)).ConfigureAwait(false);
            }
        }

        var (refusal, _) = await work.ConfigureAwait(false);
        return refusal is null ? OperationOutcome.Done(Result(target.Local.Name, began, null)) : OperationOutcome.Failed(GatewayErrors.Of(refusal));
    }

    /// <summary>Takes the model out of memory, unless it is in use.</summary>
    public async Task<OperationOutcome> UnloadAsync(RouteTarget target, CancellationToken cancellation)
    {
        var began = parts.Clock.Now;
        var model = target.Local.Name;
        var gate = target.Local.Gate;
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        // The gate's own count: the snapshot's is as old as the last event and still names a request that has just ended.
        var decided = SnapshotWait.UntilAsync(parts.Loop, s => s.Models.GetValueOrDefault(model)?.Replica is null || gate.Leases > 0, watching.Token);
        while (!decided.IsCompleted)
        {
            // Asked for again where a request came between and has ended: the scheduler forgot the wish for it.
            await parts.Loop.PostAsync(new ResidencyEvent.UnloadWanted(model), cancellation).ConfigureAwait(false);
            await Task.WhenAny(decided, Task.Delay(ReportEvery, parts.Clock.Time, watching.Token)).ConfigureAwait(false);
        }

        await watching.CancelAsync().ConfigureAwait(false);
        return (await decided.ConfigureAwait(false)).Models.GetValueOrDefault(model)?.Replica is null
            ? OperationOutcome.Done(Result(model, began, null))
            : OperationOutcome.Failed(409, "model_in_use", $"{model} is in use on {parts.Settings.NodeName}; a model in use is never unloaded");
    }

    /// <summary>Downloads the model, together with everybody else who asked for it.</summary>
    public async Task<OperationOutcome> PullAsync(string? name, Func<ProgressWire, Task>? report, CancellationToken cancellation)
    {
        if (!ModelName.TryParse(name, out var model))
        {
            return OperationOutcome.Failed(new GatewayError(400, "invalid_request", ErrorType.Of(400), "that is not the name of a model", "model"));
        }

        var began = parts.Clock.Now;
        try
        {
            await foreach (var step in pulls.FollowAsync(model, cancellation).ConfigureAwait(false))
            {
                if (report is not null)
                {
                    double? fraction = step.Total > ByteSize.Zero ? (double)step.Completed.Bytes / step.Total.Bytes : null;
                    await report(new ProgressWire("pulling", step.Status, step.Completed.Bytes, step.Total > ByteSize.Zero ? step.Total.Bytes : null, fraction)).ConfigureAwait(false);
                }
            }

            return OperationOutcome.Done(Result(model, began, null));
        }
        catch (EngineException problem)
        {
            var (status, code) = Of(problem);
            return OperationOutcome.Failed(status, code, $"{model} could not be pulled: {problem.Message}");
        }
    }

    /// <summary>Removes the very model from disk, unless it is in memory.</summary>
    public async Task<OperationOutcome> DeleteAsync(RouteTarget target, CancellationToken cancellation)
    {
        var began = parts.Clock.Now;
        var model = target.Name;
        if (parts.Loop.Snapshot.Models.GetValueOrDefault(target.Local.Name) is { Replica: not null } or { Load: not null })
        {
            return OperationOutcome.Failed(409, "model_in_use", $"{model} is in memory on {parts.Settings.NodeName}; run: homelab models unload {model}");
        }

        try
        {
            await parts.Engine.DeleteAsync(model, cancellation).ConfigureAwait(false);
            await observe(cancellation).ConfigureAwait(false);
            return OperationOutcome.Done(Result(model, began, "deleted"));
        }
        catch (EngineException problem)
        {
            var (status, code) = Of(problem);
            return OperationOutcome.Failed(status, code, problem.Message);
        }
    }

    private static (int Status, string Code) Of(EngineException problem) =>
        problem.Kind == LoadFailure.NotInstalled ? (404, "model_not_found") : (502, "engine_error");

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
}
