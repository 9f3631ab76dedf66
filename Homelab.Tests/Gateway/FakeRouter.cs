using System.Collections.Concurrent;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;

namespace Homelab.Tests.Gateway;

/// <summary>A router that knows one upstream; every model but <c>nope</c> is hot there unless a test says otherwise. Counts leases.</summary>
internal sealed class FakeRouter : IModelRouter
{
    private int _leases;

    public FakeRouter(Upstream upstream)
    {
        Upstream = upstream;
        Route = (demand, _) => new ValueTask<RouteOutcome>(demand.Model == "nope" ? RouteOutcome.Of(NotFound(demand)) : RouteOutcome.Of(Lease(demand.Model)));
    }

    public Upstream Upstream { get; set; }

    public bool EngineUp { get; set; } = true;

    /// <summary>Names that mean another model.</summary>
    public Dictionary<string, string> Aliases { get; } = [];

    /// <summary>The tier of leases on an upstream; null: that of a daemon.</summary>
    public Func<Upstream, string>? TierOf { get; set; }

    public Func<Demand, CancellationToken, ValueTask<RouteOutcome>> Route { get; set; }

    public Func<Demand, Refusal?> Servable { get; set; } = demand => demand.Model == "nope" ? NotFound(demand) : null;

    public List<ServableModel> Models { get; } = [];

    public ConcurrentQueue<Demand> Demands { get; } = new();

    /// <summary>What the gateway told of its upstreams.</summary>
    public ConcurrentQueue<(string Node, LeaseFailure Failure, string? Code)> Failures { get; } = new();

    public ConcurrentQueue<string> Unloads { get; } = new();

    /// <summary>Leases that are out.</summary>
    public int Leases => Volatile.Read(ref _leases);

    public FakeLease Lease(string model, TimeSpan waited = default, TimeSpan loading = default, string? canonical = null, Upstream? upstream = null, CancellationTokenSource? lost = null)
    {
        Interlocked.Increment(ref _leases);
        var upstreamModel = Aliases.GetValueOrDefault(model, model);
        return new FakeLease(this, upstream ?? Upstream, upstreamModel) { Lost = lost?.Token ?? CancellationToken.None, Model = canonical ?? upstreamModel, Tier = TierOf?.Invoke(upstream ?? Upstream) ?? (loading > TimeSpan.Zero ? "local-cold" : "local-hot"), Waited = waited, Loading = loading };
    }

    public void Returned() => Interlocked.Decrement(ref _leases);

    public ValueTask<RouteOutcome> RouteAsync(Demand demand, CancellationToken cancellation)
    {
        Demands.Enqueue(demand);
        return !demand.Principal.MayUse(Canonical(demand.Model)) ? new ValueTask<RouteOutcome>(RouteOutcome.Of(Refusals.NotPermitted(demand.Principal.Name, demand.Model)))
            : Route(demand, cancellation);
    }

    public Refusal? CheckServable(Demand demand) =>
        demand.Principal.MayUse(Canonical(demand.Model)) ? Servable(demand) : Refusals.NotPermitted(demand.Principal.Name, demand.Model);

    public void Failed(ILease lease, LeaseFailure failure, string? code) => Failures.Enqueue((lease.Upstream.Node, failure, code));

    public EngineOutcome FindEngine(EngineDemand demand) => demand.Model is { } named && !demand.Principal.MayUse(Canonical(named))
        ? EngineOutcome.Of(Refusals.NotPermitted(demand.Principal.Name, named))
        : EngineOutcome.Of(EngineUp ? Upstream : null, demand.Model is { } model ? Aliases.GetValueOrDefault(model, model) : null);

    public IReadOnlyList<ServableModel> ListModels(Principal principal) => [.. Models.Where(m => principal.MayUse(m.Name))];

    public Task<bool> UnloadAsync(string model, Principal principal, CancellationToken cancellation)
    {
        Unloads.Enqueue(model);
        return Task.FromResult(model != "nope");
    }

    private string Canonical(string model) => ModelName.TryParse(Aliases.GetValueOrDefault(model, model), out var name) ? name.Value : model;

    private static Refusal NotFound(Demand demand) => new(RefusalReason.ModelNotFound, $"model '{demand.Model}' is not installed on tower");
}
