namespace Homelab.Persistence.Sqlite;

/// <summary>A database was written by a later version of the program; what it means is not known.</summary>
internal sealed class NewerSchemaException(int version) : Exception
{
    public int Version { get; } = version;
}
