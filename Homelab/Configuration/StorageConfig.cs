namespace Homelab.Configuration;

/// <summary><c>hub.storage:</c>, written as <c>sqlite</c> or as <c>postgres: { connection: ... }</c>.</summary>
internal sealed class StorageConfig
{
    /// <summary>Null: the embedded database.</summary>
    public PostgresConfig? Postgres { get; set; }
}
