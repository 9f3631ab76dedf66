using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>Routes a demand: hot on this machine (tier 1), else loaded here, after evicting idle models where that is needed (tier 2), else through the hub
/// (tier 3). A request that another machine delegated is served here or refused.</summary>
internal sealed class DaemonRouter : IModelRouter
{
    private readonly ResidencyLoop _loop;
    private readonly ModelCatalog _catalog;
    private readonly PullCoordinator _pulls;
    private readonly DaemonSettings _settings;
    private readonly IHubDelegate? _hub;
    private readonly ClusterView _view;
    private readonly Action _returned;
    private int _delegated;
    private volatile bool _draining;

    /// <param name="loop">Tier 1 and 2.</param>
    /// <param name="catalog">This machine's names.</param>
    /// <param name="pulls">For <c>pull_on_demand</c>.</param>
    /// <param name="settings">See there.</param>
    /// <param name="hub">Tier 3; null where no hub is configured.</param>
    public DaemonRouter(ResidencyLoop loop, ModelCatalog catalog, PullCoordinator pulls, DaemonSettings settings, IHubDelegate? hub = null)
    {
        _loop = loop;
        _catalog = catalog;
        _pulls = pulls;
        _settings = settings;
        _hub = hub;
        _view = new ClusterView(catalog, hub);
        _returned = () => Interlocked.Decrement(ref _delegated);
    }

    /// <summary>Requests that the hub serves for this machine now.</summary>
    public int Delegated => Volatile.Read(ref _delegated);

    /// <summary>From now on every demand is refused with <c>draining</c>.</summary>
    public void StartDraining() => _draining = true;

    public ValueTask<RouteOutcome> RouteAsync(Demand demand, CancellationToken cancellation)
    {
        var routes = _catalog.Routes;
        if (!_draining && routes.Upstream is { } upstream && routes.Routes.TryGetValue(demand.Model, out var route))
        {
            foreach (var target in route.Targets)
            {
                if (demand.Principal.MayUse(target.Name.Value) && target.Local.Gate.TryAcquire())
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
            return Refusals.Draining(_settings.NodeName);
        }

        if (Permitted(demand, out var route) is { } denied)
        {
            return denied;
        }

        if (route is null)
        {
            return DelegationOf(demand) is { IsSend: true } || (_settings.PullOnDemand && ModelName.TryParse(demand.Model, out _) && _view.MayPull(demand.Model)) ? null : RefuseUnknown(demand);
        }

        var model = Choose(_loop.Snapshot, route).Local.Name;
        var now = _loop.Now;
        var refusal = ResidencyRefusals.Of(ResidencyPlanner.Decide(_loop.Snapshot, model, now), model, _settings.NodeName, now);
        return refusal is not null && ForHub(demand, refusal) is { IsSend: true } ? null : refusal;
    }

    /// <summary>The engine's own failures are found by its observer, the hub's by its link.</summary>
    public void Failed(ILease lease, LeaseFailure failure, string? code)
    {
    }

    public EngineOutcome FindEngine(EngineDemand demand)
    {
        var engine = _loop.Snapshot.EngineUp ? _catalog.Routes.Upstream : null;
        if (demand.Model is not { } asked)
        {
            return EngineOutcome.Of(engine, null);
        }

        var route = _view.Find(asked);
        var chosen = route is null ? (RouteTarget?)null : Choose(_loop.Snapshot, route);
        if (!demand.Principal.MayUse(chosen?.Name.Value ?? _view.CanonicalOf(asked)))
        {
            return EngineOutcome.Of(Refusals.NotPermitted(demand.Principal.Name, asked));
        }

        if (demand.Reads && (route is null || engine is null))
        {
            var elsewhere = Delegation.Of(_hub, asked, TargetsOf(asked), demand.Hops, []);
            if (elsewhere.IsSend)
            {
                return EngineOutcome.Of(elsewhere.Upstream, elsewhere.Name);
            }

            if (elsewhere.Verdict == DelegationVerdict.Unreachable && route is null)
            {
                return EngineOutcome.Of(Unreachable(asked));
            }
        }

        return EngineOutcome.Of(engine, route is { IsAlias: true } ? chosen!.Value.Name.Value : asked);
    }

    public IReadOnlyList<ServableModel> ListModels(Principal principal) => _view.List(_catalog.List(_loop.Snapshot), principal);

    public async Task<bool> UnloadAsync(string model, Principal principal, CancellationToken cancellation)
    {
        if (!_catalog.Routes.Routes.TryGetValue(model, out var route))
        {
            return false;
        }

        foreach (var target in route.Targets)
        {
            if (principal.MayUse(target.Name.Value))
            {
                await _loop.PostAsync(new ResidencyEvent.UnloadWanted(target.Local.Name), cancellation).ConfigureAwait(false);
            }
        }

        return true;
    }

    private async ValueTask<RouteOutcome> RouteSlowlyAsync(Demand demand, CancellationToken cancellation)
    {
        if (_draining)
        {
            return RouteOutcome.Of(Refusals.Draining(_settings.NodeName));
        }

        var began = _loop.Now;
        var longest = demand.MaximumWait is { } asked && asked < _settings.MaximumWait ? asked : _settings.MaximumWait;
        if (Permitted(demand, out var route) is { } denied)
        {
            return RouteOutcome.Of(denied);
        }

        if (route is null)
        {
            var elsewhere = DelegationOf(demand);
            if (elsewhere.IsSend)
            {
                return Delegate(elsewhere, began);
            }

            var refused = await PullAsync(demand, elsewhere, cancellation).ConfigureAwait(false);
            if (refused is not null || !_catalog.Routes.Routes.TryGetValue(demand.Model, out route))
            {
                return RouteOutcome.Of(refused ?? RefuseUnknown(demand));
            }
        }

        var target = Choose(_loop.Snapshot, route);
        var model = target.Local.Name;
        if (!IsBetterHere(demand, model) && DelegationOf(demand) is { IsSend: true, Listed.IsHotElsewhere: true } hotter)
        {
            return Delegate(hotter, began);
        }

        demand.Progress.Current = ResidencyLoop.ProgressOf(_loop.Snapshot, model, began);
        var (refusal, loading) = await _loop.WaitAsync(model, demand.Principal.Name, longest, isOperator: false, demand.Progress, cancellation).ConfigureAwait(false);
        if (refusal is not null)
        {
            return ForHub(demand, refusal) is { IsSend: true } elsewhere ? Delegate(elsewhere, began) : RouteOutcome.Of(refusal);
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

    /// <summary>Downloads a model that is nowhere, where that is wanted.</summary>
    /// <returns>Why it is not here; null once it is.</returns>
    private async Task<Refusal?> PullAsync(Demand demand, Delegation elsewhere, CancellationToken cancellation)
    {
        if (elsewhere.Verdict == DelegationVerdict.Loop || !_loop.Snapshot.EngineUp || !_settings.PullOnDemand || !_view.MayPull(demand.Model) || !ModelName.TryParse(demand.Model, out var wanted))
        {
            return RefuseUnknown(demand);
        }

        demand.Progress.Current = new ProgressReport("pulling", wanted.Value, null, null);
        var problem = await _pulls.PullAsync(wanted, demand.Progress, cancellation).ConfigureAwait(false);
        return problem is null && _catalog.Routes.Routes.ContainsKey(demand.Model)
            ? null
            : new Refusal(RefusalReason.ModelNotFound, $"model '{wanted}' is not installed on {_settings.NodeName} and could not be pulled: {problem ?? "the engine does not list it"}");
    }

    /// <summary>For a name that leads to nothing here and cannot be delegated.</summary>
    private Refusal RefuseUnknown(Demand demand) => DelegationOf(demand).Verdict switch
    {
        DelegationVerdict.Unreachable => Unreachable(demand.Model),
        DelegationVerdict.Loop => Refusals.LoopDetected(_settings.NodeName, NotFound(demand.Model).Message),
        _ when !_loop.Snapshot.EngineUp => Refusals.EngineDown(_settings.NodeName, _loop.Snapshot.EngineProblem),
        DelegationVerdict.NotListed => Refusals.NotOnAnyNode(demand.Model),
        _ => NotFound(demand.Model),
    };

    /// <summary>Whether the hub can help with what this machine refuses. Where others have only to finish here first, it helps if the model is in memory elsewhere.
    /// What another machine delegated is refused in this machine's own words, so that it can plan again.</summary>
    private Delegation ForHub(Demand demand, Refusal refusal) => refusal.Reason switch
    {
        RefusalReason.ModelNotFound or RefusalReason.ModelTooLarge or RefusalReason.WouldEvictProtected or RefusalReason.EngineDown or RefusalReason.LoadFailed or RefusalReason.LoadTimeout => DelegationOf(demand),
        RefusalReason.QueueFull or RefusalReason.CapacityTimeout when DelegationOf(demand) is { Listed.IsHotElsewhere: true } hot => hot,
        _ => default,
    };

    /// <summary>Anything but a wait for others to finish.</summary>
    private bool IsBetterHere(Demand demand, ModelName model) =>
        _hub is null || demand.Hops > 0 || ResidencyPlanner.Decide(_loop.Snapshot, model, _loop.Now) is not ResidencyDecision.Wait;

    private Delegation DelegationOf(Demand demand) => Delegation.Of(_hub, demand.Model, TargetsOf(demand.Model), demand.Hops, demand.Excluded);

    private ImmutableArray<ModelName> TargetsOf(string name) => _settings.Aliases.TryGetValue(name, out var targets) ? targets : [];

    private RouteOutcome Delegate(Delegation elsewhere, TimeSpan began)
    {
        Interlocked.Increment(ref _delegated);
        return RouteOutcome.Of(new DelegatedLease(elsewhere, _loop.Now - began, _returned));
    }

    /// <summary>Finds the name's route and keeps of it what the principal may use.</summary>
    private Refusal? Permitted(Demand demand, out NamedRoute? route)
    {
        route = _view.Find(demand.Model);
        var principal = demand.Principal;
        if (principal.Models.IsEmpty)
        {
            return null;
        }

        if (route is not null)
        {
            route = route with { Targets = route.Targets.RemoveAll(target => !principal.MayUse(target.Name.Value)) };
        }

        return route is { Targets.IsEmpty: false } || (route is null && principal.MayUse(_view.CanonicalOf(demand.Model))) ? null : Refusals.NotPermitted(principal.Name, demand.Model);
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

    private Refusal Unreachable(string model) => Refusals.HubUnreachable(_settings.NodeName, _hub!.Address, model, _hub.Problem);

    private Refusal NotFound(string model) => ResidencyRefusals.NotFound(model, _settings.NodeName);
}
