namespace Homelab.Configuration;

/// <summary><c>hub:</c></summary>
internal sealed class HubConfig
{
    public StringList Listen { get; set; } = ["0.0.0.0:42421"];

    public Duration Heartbeat { get; set; } = Duration.FromSeconds(5);

    public Duration SuspectAfter { get; set; } = Duration.FromSeconds(15);

    public Duration LostAfter { get; set; } = Duration.FromSeconds(30);

    public string? AdminKey { get; set; }

    public string? JoinToken { get; set; }

    public List<ServiceKeyConfig> ServiceKeys { get; set; } = [];

    /// <summary><c>sqlite</c>, or a connection to PostgreSQL.</summary>
    public StorageConfig Storage { get; set; } = new();
}
