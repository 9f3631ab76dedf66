using Homelab.Domain.Models;
using Homelab.Domain.Placement;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Hub;

/// <summary>The words of the hub's refusals: what happened, where, and what to do. The table of DESIGN section 5.</summary>
internal static class HubRefusals
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    /// <summary>The refusal that a decision means; null where it is one to go somewhere.</summary>
    /// <param name="decision">Of placement.</param>
    /// <param name="model">What was asked for.</param>
    /// <param name="now">The hub's time.</param>
    public static Refusal? Of(PlacementDecision decision, ModelName model, TimeSpan now) => decision switch
    {
        PlacementDecision.NotInstalled => Refusals.NotOnAnyNode(model.Value),
        PlacementDecision.NoLiveNodes none => new Refusal(RefusalReason.NoLiveNodes, $"no machine of the cluster can take this: {none.Why}"),
        PlacementDecision.EngineDown down => Refusals.EngineDown(down.Node.Name, down.Node.EngineProblem),
        PlacementDecision.TooLarge large => new Refusal(RefusalReason.ModelTooLarge,
            $"{model} needs {large.Need} and the largest budget of any machine is {large.LargestBudget}, on {large.Node.Name}; use a smaller model, a shorter context or a stronger quantisation"),
        PlacementDecision.WouldEvictProtected blocked => new Refusal(RefusalReason.WouldEvictProtected,
            $"the room for {model} is held on {blocked.Node.Name} by {Phrases.List(blocked.Models)}, which its configuration pins or protects; unload that by hand to make room"),
        PlacementDecision.BackingOff failed => new Refusal(RefusalReason.LoadFailed,
            $"{model} could not be loaded on {failed.Node.Name}: {failed.Failure.Reason} ({Phrases.Count(failed.Failure.Attempts, "failure")} in a row); tried again in {Phrases.Short(failed.RetryAt - now)}",
            Refusals.Bounded(failed.RetryAt - now)),
        PlacementDecision.NotPermitted rules => new Refusal(RefusalReason.NoLiveNodes,
            $"no machine that has {model} carries the labels that the hub's configuration wants for it ({string.Join(", ", rules.Labels.Select(l => $"{l.Key}={l.Value}"))})"),
        PlacementDecision.LoadFailed failed => new Refusal(ReasonOf(failed.Code), $"{model} could not be loaded on {failed.Node}: {failed.Message}", Soon),
        PlacementDecision.TimedOut late => new Refusal(RefusalReason.CapacityTimeout,
            $"{model} was not ready within {Phrases.Short(late.Waited)}{(late.Loading is { } node ? $"; it is still being loaded on {node}" : "")}; try again", Soon),
        PlacementDecision.QueueFull full => QueueFull(full.Waiting),
        _ => null,
    };

    public static Refusal QueueFull(int waiting) =>
        new(RefusalReason.QueueFull, $"{Phrases.Count(waiting, "request")} wait at the hub already, which is its limit; try again later", Soon);

    public static Refusal Draining { get; } = new(RefusalReason.Draining, "the hub is shutting down and takes no new requests", Soon);

    /// <summary>The reason behind a machine code that a node sent.</summary>
    private static RefusalReason ReasonOf(string code) => code switch
    {
        "model_not_found" => RefusalReason.ModelNotFound,
        "model_too_large" => RefusalReason.ModelTooLarge,
        "would_evict_protected" => RefusalReason.WouldEvictProtected,
        "queue_full" => RefusalReason.QueueFull,
        "capacity_timeout" => RefusalReason.CapacityTimeout,
        "load_timeout" => RefusalReason.LoadTimeout,
        "engine_error" => RefusalReason.EngineDown,
        "draining" => RefusalReason.Draining,
        _ => RefusalReason.LoadFailed,
    };
}
