namespace Homelab.Persistence.Sqlite;

/// <summary>A database can be opened, but does not hold together.</summary>
internal sealed class DamagedDatabaseException(string message) : Exception(message);
