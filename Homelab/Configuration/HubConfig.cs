using Homelab.Domain.Models;

namespace Homelab.Configuration;

/// <summary><c>hub:</c>, the cluster.</summary>
internal sealed class HubConfig
{
    public StringList Listen { get; set; } = ["0.0.0.0:42421"];

    public Duration Heartbeat { get; set; } = Duration.FromSeconds(5);

    public Duration SuspectAfter { get; set; } = Duration.FromSeconds(15);

    public Duration LostAfter { get; set; } = Duration.FromSeconds(30);

    /// <summary>How long machines that are known from before have to report after the hub's start before any counts as lost.</summary>
    public Duration StartGrace { get; set; } = Duration.FromSeconds(60);

    public string? AdminKey { get; set; }

    public string? JoinToken { get; set; }

    public List<ServiceKeyConfig> ServiceKeys { get; set; } = [];

    public HubQueueConfig Queue { get; set; } = new();

    public ByteSize MaxBody { get; set; } = ByteSize.FromMebibytes(64);

    /// <summary>What running streams get at shutdown.</summary>
    public Duration Drain { get; set; } = Duration.FromSeconds(30);

    public List<string> AllowedHosts { get; set; } = [];

    public List<string> AllowedOrigins { get; set; } = [];

    /// <summary>First keep-alive comment on a stream that waits, and the pause between two.</summary>
    public Duration KeepAliveComments { get; set; } = Duration.FromSeconds(10);

    public HubEventsConfig Events { get; set; } = new();

    /// <summary><c>sqlite</c>, or a connection to PostgreSQL.</summary>
    public StorageConfig Storage { get; set; } = new();
}
