using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Homelab.Persistence.Sqlite;

/// <summary>The form of the hub's database: each step leads from one version to the next, and is never changed once it was released.</summary>
/// <param name="steps">SQL, each ended by a semicolon; the first one starts from an empty file.</param>
internal sealed class SqliteSchema(IReadOnlyList<string> steps)
{
    public static SqliteSchema Current { get; } = new(
    [
        """
        CREATE TABLE documents (kind TEXT NOT NULL, id TEXT NOT NULL, content BLOB NOT NULL, checksum BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
        CREATE TABLE events (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, json TEXT NOT NULL);
        CREATE TABLE usage (
          hour INTEGER NOT NULL, key TEXT NOT NULL, model TEXT NOT NULL, node TEXT NOT NULL,
          requests INTEGER NOT NULL, failed INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
          PRIMARY KEY (hour, key, model, node)) WITHOUT ROWID;
        """,
    ]);

    public int Version => steps.Count;

    /// <summary>The form after one more step.</summary>
    public SqliteSchema Then(string step) => new([.. steps, step]);

    /// <summary>The version that the file is of; 0 for a new one.</summary>
    public static int VersionOf(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>Brings a file to this version; the transaction sees to it that it does so whole.</summary>
    public void Migrate(SqliteConnection connection, SqliteTransaction transaction, int from)
    {
        for (var version = from; version < steps.Count; version++)
        {
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = steps[version] + string.Create(CultureInfo.InvariantCulture, $"\nPRAGMA user_version = {version + 1};");
            command.ExecuteNonQuery();
        }
    }
}
