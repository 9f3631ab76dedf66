using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>The words of every refusal, in one place.</summary>
internal static class Refusals
{
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(5);

    /// <summary>Clients that are told to wait longer than a while do not retry at all.</summary>
    private static readonly TimeSpan Latest = TimeSpan.FromSeconds(30);

    public static Refusal NotInstalled(ModelName model, bool pulling) => new(RefusalReason.ModelNotFound, pulling
        ? $"{model} is still being downloaded to this node; ask again when that is done"
        : $"{model} is not installed on this node; install it with: homelab models pull {model}");

    public static Refusal TooLarge(ModelName model, ResidencyDecision.TooLarge decision) => new(RefusalReason.ModelTooLarge,
        $"{model} needs {decision.Estimate.Total} and the largest budget on this node is {decision.LargestBudget}; use a smaller model, a shorter context or a stronger quantisation");

    public static Refusal WouldEvictProtected(ModelName model, ResidencyDecision.WouldEvictProtected decision) => new(RefusalReason.WouldEvictProtected,
        $"{model} needs {decision.Estimate.Total}, and the room for it is held by {Phrases.List(decision.Protected)}, which this node's configuration pins or protects; unload that by hand to make room");

    public static Refusal BackingOff(ModelName model, FailureRecord failure, TimeSpan now) => new(RefusalReason.LoadFailed,
        $"{model} could not be loaded: {failure.Reason} ({Phrases.Count(failure.Attempts, "failure")} in a row); tried again in {Phrases.Short(failure.RetryAt - now)}", Max(failure.RetryAt - now, TimeSpan.FromSeconds(1)));

    public static Refusal LoadFailed(ModelName model, LoadFailure kind, string reason, FailureRecord failure, TimeSpan now) => kind switch
    {
        LoadFailure.TimedOut => new(RefusalReason.LoadTimeout, $"{model} was not loaded within the load time-out: {reason}", Bounded(failure.RetryAt - now)),
        LoadFailure.OutOfMemory => new(RefusalReason.LoadFailed, $"{model} could not be loaded, the engine ran out of memory: {reason}", Bounded(failure.RetryAt - now)),
        _ => new(RefusalReason.LoadFailed, $"{model} could not be loaded: {reason}", Bounded(failure.RetryAt - now)),
    };

    public static Refusal QueueFull(int waiting, TimeSpan expected) => new(RefusalReason.QueueFull,
        $"{Phrases.Count(waiting, "request")} wait on this node already, which is its limit; try again later", Bounded(expected));

    public static Refusal CapacityTimeout(ModelName model, TimeSpan waited, string why, TimeSpan expected) => new(RefusalReason.CapacityTimeout,
        $"{model} could not be served within {Phrases.Short(waited)}: {why}; try again", Bounded(expected));

    public static Refusal LoadTimeout(ModelName model, TimeSpan loading) => new(RefusalReason.LoadTimeout,
        $"{model} has been loading for {Phrases.Short(loading)}, longer than the load time-out; try again later", Latest);

    public static Refusal EngineDown(string? problem) => new(RefusalReason.EngineDown,
        $"the engine of this node does not answer: {problem ?? "no reason known"}", Soonest);

    public static Refusal Draining() => new(RefusalReason.Draining, "this node is shutting down and takes no new requests", Soonest);

    /// <summary>A pause that clients' libraries respect.</summary>
    public static TimeSpan Bounded(TimeSpan pause) => pause < Soonest ? Soonest : pause > Latest ? Latest : pause;

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
