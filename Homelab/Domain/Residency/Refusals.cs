using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>The words of every refusal, in one place. <c>node</c> is the name that people know this machine by.</summary>
internal static class Refusals
{
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(5);

    /// <summary>Clients that are told to wait longer than a while do not retry at all.</summary>
    private static readonly TimeSpan Latest = TimeSpan.FromSeconds(30);

    public static Refusal NotInstalled(string node, ModelName model, bool pulling) => new(RefusalReason.ModelNotFound, model.IsApp
        ? $"there is no app '{model.AppName}' on {node}; an app is a manifest in its apps folder, and homelab apps list shows those that can be read"
        : pulling
        ? $"model '{model}' is still being downloaded to {node}; ask again when that is done"
        : $"model '{model}' is not installed on {node}; run: homelab models pull {model}");

    public static Refusal TooLarge(string node, ModelName model, ResidencyDecision.TooLarge decision) => new(RefusalReason.ModelTooLarge,
        model.IsApp
            ? $"{model} asks in its manifest for {Asked(decision.Estimate)}, more than {node} can give even when nothing else is loaded; its largest budget is {decision.LargestBudget}. Lower memory in the manifest if it needs less"
            : $"{model} needs {decision.Estimate.Total} and the largest budget on {node} is {decision.LargestBudget}; use a smaller model, a shorter context or a stronger quantisation");

    public static Refusal WouldEvictProtected(string node, ModelName model, ResidencyDecision.WouldEvictProtected decision) => new(RefusalReason.WouldEvictProtected, decision.Limit is { } limit
        ? $"{model} cannot be loaded on {node}: {limit}, and {Phrases.List(decision.Protected)} {(decision.Protected.Length == 1 ? "is" : "are")} pinned or protected by its configuration; unload one by hand to make room{(limit.Contains("OLLAMA_MAX_LOADED_MODELS", StringComparison.Ordinal) ? ", or raise that limit and daemon.engines.ollama.max_loaded with it" : "")}"
        : $"{model} needs {decision.Estimate.Total}, and the room for it is held by {Phrases.List(decision.Protected)}, which the configuration of {node} pins or protects; unload that by hand to make room");

    public static Refusal BackingOff(string node, ModelName model, FailureRecord failure, TimeSpan now) => new(RefusalReason.LoadFailed,
        $"{model} could not be {Phrases.Loaded(model)} on {node}: {failure.Reason} ({Phrases.Count(failure.Attempts, "failure")} in a row); tried again in {Phrases.Short(failure.RetryAt - now)}", Max(failure.RetryAt - now, TimeSpan.FromSeconds(1)));

    public static Refusal LoadFailed(string node, ModelName model, LoadFailure kind, string reason, FailureRecord failure, TimeSpan now) => kind switch
    {
        LoadFailure.TimedOut => new(RefusalReason.LoadTimeout, model.IsApp ? $"{model} was not ready on {node} in time: {reason}" : $"{model} was not loaded on {node} within the load time-out: {reason}", Bounded(failure.RetryAt - now)),
        LoadFailure.OutOfMemory => new(RefusalReason.LoadFailed, $"{model} could not be loaded on {node}, the engine ran out of memory: {reason}; free memory there, or use a shorter context, a smaller model or a stronger quantisation", Bounded(failure.RetryAt - now)),
        _ => new(RefusalReason.LoadFailed, $"{model} could not be {Phrases.Loaded(model)} on {node}: {reason}", Bounded(failure.RetryAt - now)),
    };

    public static Refusal WrongApi(string node, string model, ModelName app) => new(RefusalReason.WrongApi,
        $"{model} is served on {node} by the app {app.AppName}, which speaks OpenAI's API: use /v1/chat/completions or another path below /v1, or the app's own paths below /{app}/");

    public static Refusal QueueFull(string node, int waiting, TimeSpan expected) => new(RefusalReason.QueueFull,
        $"{Phrases.Count(waiting, "request")} wait on {node} already, which is its limit; try again later", Bounded(expected));

    public static Refusal CapacityTimeout(string node, ModelName model, TimeSpan waited, string why, TimeSpan expected) => new(RefusalReason.CapacityTimeout,
        $"{model} could not be served on {node} within {Phrases.Short(waited)}: {why}; try again", Bounded(expected));

    public static Refusal LoadTimeout(string node, ModelName model, TimeSpan loading) => new(RefusalReason.LoadTimeout,
        $"{model} has been loading on {node} for {Phrases.Short(loading)}, longer than the load time-out; try again later", Latest);

    public static Refusal EngineDown(string node, string? problem) => new(RefusalReason.EngineDown,
        $"the engine on {node} does not answer: {problem ?? "no reason known"}; run: homelab doctor", Soonest);

    public static Refusal AppEnded(string node, ModelName app) => new(RefusalReason.EngineDown, $"the app {app.AppName} on {node} ended before it could serve this; try again", Soonest);

    public static Refusal Draining(string node) => new(RefusalReason.Draining, $"{node} is shutting down and takes no new requests", Soonest);

    public static Refusal NotOnAnyNode(string model) => new(RefusalReason.ModelNotFound, ModelName.TryParse(model, out var name)
        ? name.IsApp ? $"there is no app '{name.AppName}' on any node; an app is a manifest in the apps folder of a machine" : $"model '{name}' is not installed on any node; run: homelab models pull {name}"
        : "the model's name is not one that can exist");

    public static Refusal HubUnreachable(string node, string hub, string model, string? problem) => new(RefusalReason.HubUnreachable,
        $"{model} cannot be served on {node} itself, and the hub at {hub} does not answer{(problem is null ? "" : $": {problem}")}; what fits {node} is served all the same", TimeSpan.FromSeconds(10));

    public static Refusal NotPermitted(string principal, string model) => new(RefusalReason.NotPermitted,
        $"the key '{principal}' is not for {model}; ask for one of the models that it lists");

    public static Refusal RateLimited(string principal, int perMinute, TimeSpan wait) => new(RefusalReason.RateLimited,
        $"the key '{principal}' may send {Phrases.Count(perMinute, "request")} a minute and has sent them; the next is free in {Phrases.Short(wait)}", Bounded(wait));

    public static Refusal LoopDetected(string node, string why) => new(RefusalReason.LoopDetected,
        $"{node} does not delegate a request that was delegated to it: {why}");

    /// <summary>A pause that clients' libraries respect.</summary>
    public static TimeSpan Bounded(TimeSpan pause) => pause < Soonest ? Soonest : pause > Latest ? Latest : pause;

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static string Asked(MemoryEstimate estimate)
    {
        var main = estimate.MainMemory ?? ByteSize.Zero;
        var video = estimate.Total - main;
        return main == ByteSize.Zero ? $"{video} of VRAM" : video == ByteSize.Zero ? $"{main} of RAM" : $"{video} of VRAM and {main} of RAM";
    }
}
