namespace Homelab.Configuration;

/// <summary><c>hub.storage.postgres:</c></summary>
internal sealed class PostgresConfig
{
    public string Connection { get; set; } = "";
}
