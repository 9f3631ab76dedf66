using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>The router's tier 3: what of this machine's refusals the hub can help with, what is refused where it cannot, and how many requests it serves.</summary>
internal sealed class Delegations
{
    private readonly IHubDelegate? _hub;
    private readonly ResidencyLoop _loop;
    private readonly DaemonSettings _settings;
    private readonly Action _returned;
    private int _running;

    /// <param name="hub">Null where no hub is configured.</param>
    /// <param name="loop">Its snapshot says whether the engine is up.</param>
    /// <param name="settings">Name and aliases of this machine.</param>
    public Delegations(IHubDelegate? hub, ResidencyLoop loop, DaemonSettings settings)
    {
        _hub = hub;
        _loop = loop;
        _settings = settings;
        _returned = () => Interlocked.Decrement(ref _running);
    }

    /// <summary>Requests that the hub serves for this machine now.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Whether the hub can serve a demand.</summary>
    public Delegation Of(Demand demand) => Delegation.Of(_hub, demand.Model, TargetsOf(demand.Model), demand.Hops, demand.Excluded, trustsList: false);

    /// <summary>The same for what needs no lease.</summary>
    public Delegation Of(string model, int hops, ImmutableArray<string> excluded) =>
        Delegation.Of(_hub, model, TargetsOf(model), hops, excluded);

    /// <summary>Whether the hub can help with what this machine refuses. Where others have only to finish here first, it helps if the model is in memory elsewhere.
    /// What another machine delegated is refused in this machine's own words, so that it can plan again.</summary>
    public Delegation For(Demand demand, Refusal refusal) => refusal.Reason switch
    {
        RefusalReason.ModelNotFound or RefusalReason.ModelTooLarge or RefusalReason.WouldEvictProtected or RefusalReason.EngineDown or RefusalReason.LoadFailed or RefusalReason.LoadTimeout => Of(demand),
        RefusalReason.QueueFull or RefusalReason.CapacityTimeout when IsHotElsewhere(demand, out var hot) => hot,
        _ => default,
    };

    /// <summary>Whether the hub can serve a demand from memory of another machine.</summary>
    public bool IsHotElsewhere(Demand demand, out Delegation delegation)
    {
        delegation = Of(demand);
        return delegation is { IsSend: true, Listed.IsHotElsewhere: true };
    }

    /// <summary>Sends a request there.</summary>
    /// <param name="delegation">Goes to the hub.</param>
    /// <param name="waited">What the request has waited here.</param>
    public RouteOutcome Send(Delegation delegation, TimeSpan waited)
    {
        Interlocked.Increment(ref _running);
        return RouteOutcome.Of(new DelegatedLease(delegation, waited, _returned, _hub!.Lost));
    }

    /// <summary>For a name that leads to nothing here and cannot be delegated.</summary>
    public Refusal RefuseUnknown(Demand demand) => Of(demand).Verdict switch
    {
        DelegationVerdict.Unreachable => RefuseUnreachable(demand.Model),
        DelegationVerdict.Loop => Refusals.LoopDetected(_settings.NodeName, NotFound(demand.Model).Message),
        _ when !_loop.Snapshot.EngineUp => Refusals.EngineDown(_settings.NodeName, _loop.Snapshot.EngineProblem),
        DelegationVerdict.NotListed => Refusals.NotOnAnyNode(demand.Model),
        _ => NotFound(demand.Model),
    };

    /// <summary>For a name that leads to nothing here while the hub does not answer.</summary>
    public Refusal RefuseUnreachable(string model) => Refusals.HubUnreachable(_settings.NodeName, _hub!.Address, model, _hub.Problem);

    private ImmutableArray<ModelName> TargetsOf(string model) => _settings.Aliases.TryGetValue(model, out var targets) ? targets : [];

    private Refusal NotFound(string model) => ResidencyRefusals.NotFound(model, _settings.NodeName);
}
