using Homelab.Domain.Models;

namespace Homelab.Configuration;

/// <summary><c>daemon:</c>, this machine's endpoint and what it may do.</summary>
internal sealed class DaemonConfig
{
    /// <summary>One address or a list, <c>host:port</c>. Anything but loopback needs <see cref="ApiKeys"/>.</summary>
    public StringList Listen { get; set; } = ["127.0.0.1:42420"];

    /// <summary>The address others reach this daemon at.</summary>
    public string? Advertise { get; set; }

    public List<string> ApiKeys { get; set; } = [];

    /// <summary>One hub or a list.</summary>
    public StringList Hub { get; set; } = [];

    public string? JoinToken { get; set; }

    public Duration IdleUnload { get; set; } = Duration.FromMinutes(15);

    public Duration LoadTimeout { get; set; } = Duration.FromMinutes(10);

    /// <summary>What running streams get at shutdown.</summary>
    public Duration Drain { get; set; } = Duration.FromSeconds(30);

    public QueueConfig Queue { get; set; } = new();

    public ByteSize MaxBody { get; set; } = ByteSize.FromMebibytes(64);

    public bool PullOnDemand { get; set; }

    public bool AllowCloudModels { get; set; }

    public bool ClaimOllamaPort { get; set; }

    public List<string> AllowedHosts { get; set; } = [];

    public List<string> AllowedOrigins { get; set; } = [];

    /// <summary>First keep-alive comment on a stream that waits, and the pause between two.</summary>
    public Duration KeepAliveComments { get; set; } = Duration.FromSeconds(10);

    public MemoryConfig Memory { get; set; } = new();

    public EnginesConfig Engines { get; set; } = new();
}
