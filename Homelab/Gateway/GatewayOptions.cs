using Homelab.Gateway.Access;

namespace Homelab.Gateway;

/// <summary>What the client surface may be told; a plain record so that this folder knows no configuration file.</summary>
internal sealed record GatewayOptions
{
    /// <summary>Named in refusals and headers.</summary>
    public required string NodeName { get; init; }

    /// <summary>Largest request body, decoded; more is 413.</summary>
    public long MaximumBodyBytes { get; init; } = 64L << 20;

    /// <summary>Connections that a listener holds at the same time.</summary>
    public int MaximumConnections { get; init; } = 4096;

    /// <summary>First keep-alive comment on a stream that waits, and the pause between two.</summary>
    public TimeSpan CommentInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an engine may take to its first byte; null: as long as it needs (a long prompt on a slow machine takes minutes).</summary>
    public TimeSpan? FirstByteTimeout { get; init; }

    /// <summary>How long an engine's stream may be silent after its first byte.</summary>
    public TimeSpan IdleStreamTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a client may leave its answer unread. Kestrel's own minimum rate does not cut a reader that stopped after a fast start.</summary>
    public TimeSpan ClientStallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a body may come in below <see cref="MinimumBodyBytesPerSecond"/>, from its first byte, before it is refused with 408.</summary>
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Average rate that a body must keep after <see cref="BodyGrace"/>.</summary>
    public int MinimumBodyBytesPerSecond { get; init; } = 240;

    /// <summary>How long an answer that cannot carry comments is held back. Node's clients give up at 300 s without a header, whatever their own time-out says.</summary>
    public TimeSpan LongWait { get; init; } = TimeSpan.FromSeconds(240);

    /// <summary>How long a stream may wait for its lease; null: as long as the router allows.</summary>
    public TimeSpan? MaximumStreamWait { get; init; }

    /// <summary>Further names for the <c>Host</c> check; <c>*.example.org</c> allows every name below.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Browser origins that may call, besides the machine's own; a trailing <c>*</c> allows every origin that starts so.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>The keys and credentials in force.</summary>
    public KeySource Keys { get; init; } = new(KeyRing.Empty);

    /// <summary>This machine's id, told to a hub with each delegated request so that it never sends the request back; null where nothing is delegated.</summary>
    public string? NodeId { get; init; }

    /// <summary>How often a request that comes in may have been delegated: once at a hub, twice at a daemon. Past it the request goes in circles.</summary>
    public int MaximumHops { get; init; } = 2;

    /// <summary>Whether the router wants <see cref="Demand.Prefix"/>.</summary>
    public bool WantsPrefix { get; init; }
}
