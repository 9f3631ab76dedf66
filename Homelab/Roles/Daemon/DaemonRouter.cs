using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>Routes a demand on this machine: hot here (tier 1), else loaded here, after evicting idle models where that is needed (tier 2).</summary>
internal sealed class DaemonRouter : IModelRouter
{
    private readonly ResidencyLoop _loop;
    private readonly ModelCatalog _catalog;
    private readonly PullCoordinator _pulls;
    private readonly DaemonSettings _settings;
    private volatile bool _draining;

    public DaemonRouter(ResidencyLoop loop, ModelCatalog catalog, PullCoordinator pulls, DaemonSettings settings)
    {
        _loop = loop;
        _catalog = catalog;
        _pulls = pulls;
        _settings = settings;
    }

    /// <summary>From now on every demand is refused with <c>draining</c>.</summary>
    public void StartDraining() => _draining = true;

    public ValueTask<RouteOutcome> RouteAsync(Demand demand, CancellationToken cancellation)
    {
        var routes = _catalog.Routes;
        if (!_draining && routes.Upstream is { } upstream && routes.Routes.TryGetValue(demand.Model, out var route))
        {
            foreach (var target in route.Targets)
            {
                if (target.Local.Gate.TryAcquire())
                {
                    return new ValueTask<RouteOutcome>(RouteOutcome.Of(Lease(target, route.IsAlias, demand, upstream, "local-hot", TimeSpan.Zero, TimeSpan.Zero)));
                }
            }
        }

        return RouteSlowlyAsync(demand, cancellation);
    }

    public Refusal? CheckServable(Demand demand)
    {
        if (_draining)
        {
            return Draining();
        }

        var snapshot = _loop.Snapshot;
        if (!_catalog.Routes.Routes.TryGetValue(demand.Model, out var route))
        {
            return _settings.PullOnDemand && ModelName.TryParse(demand.Model, out _) ? null : NotFound(demand.Model);
        }

        var model = Choose(snapshot, route).Local.Name;
        var now = _loop.Now;
        return ResidencyRefusals.Of(ResidencyPlanner.Decide(snapshot, model, now), model, _settings.NodeName, now);
    }

    /// <summary>The engine's own failures are found by its observer.</summary>
    public void Failed(ILease lease, LeaseFailure failure, string? code)
    {
    }

    public EngineOutcome FindEngine(EngineDemand demand)
    {
        var routes = _catalog.Routes;
        var model = demand.Model is { } asked && routes.Routes.TryGetValue(asked, out var route) && route.IsAlias
            ? Choose(_loop.Snapshot, route).Name.Value
            : demand.Model;
        return EngineOutcome.Of(_loop.Snapshot.EngineUp ? routes.Upstream : null, model);
    }

    public IReadOnlyList<ServableModel> ListModels(Principal principal) => _catalog.List(_loop.Snapshot);

    public async Task<bool> UnloadAsync(string model, Principal principal, CancellationToken cancellation)
    {
        if (!_catalog.Routes.Routes.TryGetValue(model, out var route))
        {
            return false;
        }

        foreach (var target in route.Targets)
        {
            await _loop.PostAsync(new ResidencyEvent.UnloadWanted(target.Local.Name), cancellation).ConfigureAwait(false);
        }

        return true;
    }

    private async ValueTask<RouteOutcome> RouteSlowlyAsync(Demand demand, CancellationToken cancellation)
    {
        if (_draining)
        {
            return RouteOutcome.Of(Draining());
        }

        var began = _loop.Now;
        var longest = demand.MaximumWait is { } asked && asked < _settings.MaximumWait ? asked : _settings.MaximumWait;
        if (!_catalog.Routes.Routes.TryGetValue(demand.Model, out var route))
        {
            if (!_loop.Snapshot.EngineUp)
            {
                return RouteOutcome.Of(Refusals.EngineDown(_settings.NodeName, _loop.Snapshot.EngineProblem));
            }

            if (!_settings.PullOnDemand || !ModelName.TryParse(demand.Model, out var wanted))
            {
                return RouteOutcome.Of(NotFound(demand.Model));
            }

            demand.Progress.Current = new ProgressReport("pulling", wanted.Value, null, null);
            var problem = await _pulls.PullAsync(wanted, demand.Progress, cancellation).ConfigureAwait(false);
            if (problem is not null || !_catalog.Routes.Routes.TryGetValue(demand.Model, out route))
            {
                return RouteOutcome.Of(new Refusal(RefusalReason.ModelNotFound, $"model '{wanted}' is not installed on {_settings.NodeName} and could not be pulled: {problem ?? "the engine does not list it"}"));
            }
        }

        var target = Choose(_loop.Snapshot, route);
        var model = target.Local.Name;
        demand.Progress.Current = ResidencyLoop.ProgressOf(_loop.Snapshot, model, began);
        var (refusal, loading) = await _loop.WaitAsync(model, demand.Principal.Name, longest, isOperator: false, demand.Progress, cancellation).ConfigureAwait(false);
        if (refusal is not null)
        {
            return RouteOutcome.Of(refusal);
        }

        // Read again: the engine may have been started, and the name prepared, while the request waited.
        if (_catalog.Routes.Upstream is not { } upstream)
        {
            if (target.Local.Gate.Release())
            {
                _loop.LeaseReturned(model);
            }

            return RouteOutcome.Of(Refusals.EngineDown(_settings.NodeName, _loop.Snapshot.EngineProblem));
        }

        var tier = loading > TimeSpan.Zero ? "local-cold" : "local-hot";
        return RouteOutcome.Of(Lease(target, route.IsAlias, demand, upstream, tier, _loop.Now - began, loading));
    }

    /// <summary>The model a name stands for now: the first of the list that is hot, else the first that could be loaded, else the first.</summary>
    private RouteTarget Choose(ResidencySnapshot snapshot, NamedRoute route)
    {
        if (route.Targets.Length == 1)
        {
            return route.Targets[0];
        }

        var now = _loop.Now;
        RouteTarget? fits = null;
        foreach (var target in route.Targets)
        {
            switch (ResidencyPlanner.Decide(snapshot, target.Local.Name, now))
            {
                case ResidencyDecision.AlreadyHot:
                    return target;
                case ResidencyDecision.AlreadyLoading or ResidencyDecision.Fits or ResidencyDecision.EvictThenLoad or ResidencyDecision.Wait or ResidencyDecision.Unknown:
                    fits ??= target;
                    break;
            }
        }

        return fits ?? route.Targets[0];
    }

    private ReplicaLease Lease(RouteTarget target, bool isAlias, Demand demand, Upstream upstream, string tier, TimeSpan waited, TimeSpan loading)
    {
        // The client's own spelling is passed on where the engine knows it, so that the answer echoes it as the engine alone would.
        var engineName = target.Local.EngineNameOf(target.Name);
        var name = !isAlias && string.Equals(engineName, target.Name.Value, StringComparison.Ordinal) ? demand.Model : engineName;
        return new ReplicaLease(target.Local, upstream, name, tier, waited, loading, _loop);
    }

    private Refusal NotFound(string model) =>
        ResidencyRefusals.NotFound(model, _settings.NodeName);

    private Refusal Draining() => Refusals.Draining(_settings.NodeName);
}
