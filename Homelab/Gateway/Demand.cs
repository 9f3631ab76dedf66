using System.Collections.Immutable;
using Homelab.Domain.Residency;

namespace Homelab.Gateway;

/// <summary>What one request needs from a router.</summary>
/// <param name="Model">The name as the client wrote it: a model or an alias.</param>
/// <param name="Principal">Who asks.</param>
/// <param name="Dialect">Which API it speaks.</param>
/// <param name="Path">The route it asks for, e.g. <c>/v1/chat/completions</c>: an engine may not serve every one.</param>
/// <param name="Stream">Whether the answer is to be streamed.</param>
/// <param name="RequestId">For logs and events.</param>
internal sealed record Demand(string Model, Principal Principal, Dialect Dialect, string Path, bool Stream, string RequestId)
{
    /// <summary>Tokens of context that the request asks for; 0 where it does not say. Never passed on: one context policy a model.</summary>
    public int Context { get; init; }

    /// <summary>How long a client wants the model kept; null where it does not say. Never passed on: the keep-alive is the daemon's.</summary>
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>How often the request was delegated before; a router never delegates one that was.</summary>
    public int Hops { get; init; }

    /// <summary>The node that delegated the request; never chosen. Null where a client sent it here.</summary>
    public string? Origin { get; init; }

    /// <summary>Who could not serve this very request (<see cref="Upstream.ExcludedAs"/>); never chosen.</summary>
    public ImmutableArray<string> Excluded { get; init; } = [];

    /// <summary>Bytes of what the engine has to read before its first token: the conversation, prompt or input as written.</summary>
    public long PromptBytes { get; init; }

    /// <summary>The beginning of that, as a chain of hashes of its windows (see <see cref="Bodies.PromptPrefix"/>); empty unless <see cref="GatewayOptions.WantsPrefix"/>.
    /// Not salted: the same text means another prefix for another model.</summary>
    public ImmutableArray<ulong> Prefix { get; init; } = [];

    /// <summary>Where a router that makes the request wait says how far it is.</summary>
    public RouteProgress Progress { get; } = new();

    /// <summary>How long the whole wait for a lease may take; past it the router refuses with <see cref="RefusalReason.CapacityTimeout"/>.</summary>
    public TimeSpan? MaximumWait { get; init; }
}
