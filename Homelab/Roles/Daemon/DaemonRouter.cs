using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>Routes a demand: hot on this machine (tier 1), else loaded here, after evicting idle models where that is needed (tier 2), else through the hub
/// (tier 3). A request that another machine delegated is served here or refused.</summary>
internal sealed class DaemonRouter : IModelRouter
{
    /// <summary>How often, and after which pause, an app is asked for again that ended while it was waited for.</summary>
    private const int MostTries = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly ResidencyLoop _loop;
    private readonly ModelCatalog _catalog;
    private readonly PullCoordinator _pulls;
    private readonly DaemonSettings _settings;
    private readonly ClusterView _view;
    private readonly Delegations _delegations;
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
        _view = new ClusterView(catalog, hub, loop.Time);
        _delegations = new Delegations(hub, loop, settings);
    }

    /// <summary>Requests that the hub serves for this machine now.</summary>
    public int Delegated => _delegations.Running;

    /// <summary>From now on every demand is refused with <c>draining</c>.</summary>
    public void StartDraining() => _draining = true;

    public ValueTask<RouteOutcome> RouteAsync(Demand demand, CancellationToken cancellation)
    {
        var routes = _catalog.Routes;
        if (!_draining && routes.Routes.TryGetValue(demand.Model, out var route))
        {
            foreach (var target in route.Targets)
            {
                if (UpstreamOf(target, routes) is { } upstream && demand.Principal.MayUse(target.Name.Value) && Speaks(target, demand.Dialect) && target.Local.Gate.TryAcquire())
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
            return _delegations.Of(demand).IsSend || (_settings.PullOnDemand && ModelName.TryParse(demand.Model, out _) && _view.MayPull(demand.Model)) ? null : _delegations.RefuseUnknown(demand);
        }

        var chosen = Choose(_loop.Snapshot, route);
        if (!Speaks(chosen, demand.Dialect))
        {
            return Refusals.WrongApi(_settings.NodeName, demand.Model, chosen.Local.Name);
        }

        var model = chosen.Local.Name;
        var now = _loop.Now;
        var refusal = ResidencyRefusals.Of(ResidencyPlanner.Decide(_loop.Snapshot, model, now), model, _settings.NodeName, now);
        return refusal is not null && _delegations.For(demand, refusal).IsSend ? null : refusal;
    }

    /// <summary>The engine's own failures are found by its observer, the hub's by its link, an app's by the watch of its process, which may be a moment behind.</summary>
    public void Failed(ILease lease, LeaseFailure failure, string? code)
    {
        if (lease is ReplicaLease { Target: { IsApp: true } app } && failure == LeaseFailure.Unreachable)
        {
            app.Doubt(lease.Upstream);
        }
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

        if (chosen is { Local.IsApp: true } app)
        {
            return EngineOutcome.Of(Refusals.WrongApi(_settings.NodeName, asked, app.Local.Name));
        }

        if (demand.Reads && (route is null || engine is null))
        {
            var elsewhere = _delegations.Of(asked, demand.Hops, []);
            if (elsewhere.IsSend)
            {
                return EngineOutcome.Of(elsewhere.Upstream, elsewhere.Name);
            }

            if (elsewhere.Verdict == DelegationVerdict.Unreachable && route is null)
            {
                return EngineOutcome.Of(_delegations.RefuseUnreachable(asked));
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
            var elsewhere = _delegations.Of(demand);
            if (elsewhere.IsSend)
            {
                return _delegations.Send(elsewhere, TimeSpan.Zero);
            }

            var refused = await PullAsync(demand, elsewhere, cancellation).ConfigureAwait(false);
            if (refused is not null || !_catalog.Routes.Routes.TryGetValue(demand.Model, out route))
            {
                return RouteOutcome.Of(refused ?? _delegations.RefuseUnknown(demand));
            }
        }

        var target = Choose(_loop.Snapshot, route);
        if (!Speaks(target, demand.Dialect))
        {
            return RouteOutcome.Of(Refusals.WrongApi(_settings.NodeName, demand.Model, target.Local.Name));
        }

        for (var tries = 1; ; tries++)
        {
            await target.Local.SettleAsync(_loop.Time, cancellation).ConfigureAwait(false);
            if (await ServeAsync(target, route, demand, began, longest, cancellation).ConfigureAwait(false) is { } outcome)
            {
                return outcome;
            }

            if (tries == MostTries)
            {
                return RouteOutcome.Of(Refusals.AppEnded(_settings.NodeName, target.Local.Name));
            }

            await Task.Delay(Pause, _loop.Time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for a lease of what was chosen; null where it is an app's that ended meanwhile, which the scheduler has not heard of yet.</summary>
    private async Task<RouteOutcome?> ServeAsync(RouteTarget target, NamedRoute route, Demand demand, TimeSpan began, TimeSpan longest, CancellationToken cancellation)
    {
        var model = target.Local.Name;
        demand.Progress.Current = ResidencyLoop.ProgressOf(_loop.Snapshot, model, began);
        var (refusal, loading, sooner) = await WaitAsync(demand, model, longest, cancellation).ConfigureAwait(false);
        sooner = refusal is null ? sooner : _delegations.For(demand, refusal);
        if (sooner.IsSend)
        {
            return _delegations.Send(sooner, _loop.Now - began);
        }

        if (refusal is not null)
        {
            return RouteOutcome.Of(refusal);
        }

        // Read again: the engine may have been started, and the name prepared, while the request waited.
        if (UpstreamOf(target, _catalog.Routes) is not { } upstream)
        {
            if (target.Local.Gate.Release())
            {
                _loop.LeaseReturned(model);
            }

            return target.Local.IsApp ? null : RouteOutcome.Of(Refusals.EngineDown(_settings.NodeName, _loop.Snapshot.EngineProblem));
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
            return _delegations.RefuseUnknown(demand);
        }

        demand.Progress.Current = new ProgressReport("pulling", wanted.Value, null, null);
        var problem = await _pulls.PullAsync(wanted, demand.Progress, cancellation).ConfigureAwait(false);
        return problem is null && _catalog.Routes.Routes.ContainsKey(demand.Model)
            ? null
            : new Refusal(RefusalReason.ModelNotFound, $"model '{wanted}' is not installed on {_settings.NodeName} and could not be pulled: {problem ?? "the engine does not list it"}");
    }

    /// <summary>Waits for a lease here, unless others have to finish first and the model is in memory elsewhere; whether they have to is known once
    /// the model's metadata is.</summary>
    /// <returns>A refusal, or a way to the hub that serves it sooner, or a lease that is counted.</returns>
    private async Task<(Refusal? Refusal, TimeSpan Loading, Delegation Sooner)> WaitAsync(Demand demand, ModelName model, TimeSpan longest, CancellationToken cancellation)
    {
        var decision = ResidencyPlanner.Decide(_loop.Snapshot, model, _loop.Now);
        var mayLeave = decision is ResidencyDecision.Wait or ResidencyDecision.Unknown;
        if (!mayLeave || !_delegations.IsHotElsewhere(demand, out var sooner))
        {
            var (refused, loaded) = await _loop.WaitAsync(model, demand.Principal.Name, longest, isOperator: false, demand.Progress, cancellation).ConfigureAwait(false);
            return (refused, loaded, default);
        }

        if (decision is ResidencyDecision.Wait)
        {
            return (null, TimeSpan.Zero, sooner);
        }

        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var waiting = _loop.WaitAsync(model, demand.Principal.Name, longest, isOperator: false, demand.Progress, leaving.Token);
        var known = SnapshotWait.UntilAsync(_loop, s => ResidencyPlanner.Decide(s, model, _loop.Now) is not ResidencyDecision.Unknown, leaving.Token);
        await Task.WhenAny(waiting, known).ConfigureAwait(false);
        try
        {
            if (!waiting.IsCompleted && ResidencyPlanner.Decide(_loop.Snapshot, model, _loop.Now) is ResidencyDecision.Wait)
            {
                await leaving.CancelAsync().ConfigureAwait(false);
            }

            var (refused, loaded) = await waiting.ConfigureAwait(false);
            return (refused, loaded, default);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, TimeSpan.Zero, sooner);
        }
        finally
        {
            await leaving.CancelAsync().ConfigureAwait(false);
        }
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

    /// <summary>An app that has just ended leads nowhere, and least of all to the engine.</summary>
    private static Upstream? UpstreamOf(RouteTarget target, RoutingSnapshot routes) => target.Local.IsApp ? target.Local.Reachable : routes.Upstream;

    /// <summary>Ollama's own API is the engine's alone.</summary>
    private static bool Speaks(RouteTarget target, Dialect dialect) => !target.Local.IsApp || dialect != Dialect.Ollama;

    private ReplicaLease Lease(RouteTarget target, bool isAlias, Demand demand, Upstream upstream, string tier, TimeSpan waited, TimeSpan loading)
    {
        // The client's own spelling is passed on where the engine knows it (an app knows its own alone), so that the answer echoes it as the engine alone would.
        var engineName = target.Local.EngineNameOf(target.Name);
        var name = !isAlias && !target.Local.IsApp && string.Equals(engineName, target.Name.Value, StringComparison.Ordinal) ? demand.Model : engineName;
        return new ReplicaLease(target.Local, upstream, name, tier, waited, loading, _loop);
    }
}
