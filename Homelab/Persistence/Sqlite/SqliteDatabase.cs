using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Homelab.Persistence.Cluster;
using Microsoft.Data.Sqlite;

namespace Homelab.Persistence.Sqlite;

/// <summary>An open database file of a hub: the statements, and nothing of when or why. One thread at a time; throws what SQLite throws.</summary>
/// <remarks>
/// Documents carry a checksum each, because SQLite has none: a flipped bit could make a service's key an administrator's.
/// The file is locked for this process as long as it is open: the hub answers from memory, which a second writer would make untrue.
/// </remarks>
internal sealed class SqliteDatabase : IDisposable
{
    private const int PageBytes = 4096;
    private static readonly long LatestMilliseconds = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
    private static readonly long EarliestMilliseconds = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    private readonly SqliteConnection _connection;

    private SqliteDatabase(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens a file that exists, an empty one too, and brings it to the schema's version.</summary>
    /// <exception cref="SqliteException">It is damaged, or the disk refuses.</exception>
    /// <exception cref="NewerSchemaException">It is of a later version; nothing was changed.</exception>
    public static SqliteDatabase Open(string path, SqliteSchema schema, long maximumBytes)
    {
        SQLitePCL.Batteries_V2.Init();
        // The time-out is for what another process does with the file; waiting longer would only hold up the start.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 1 }.ToString());
        var database = new SqliteDatabase(connection);
        try
        {
            connection.Open();
            database.Prepare(schema, maximumBytes);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Every document that is whole, and the keys of those that are not.</summary>
    /// <exception cref="DamagedDatabaseException">The file does not hold together.</exception>
    public (Dictionary<DocumentKey, byte[]> Whole, List<DocumentKey> Damaged) ReadDocuments()
    {
        if (Scalar("PRAGMA integrity_check(1)") is not "ok")
        {
            throw new DamagedDatabaseException("its content is damaged");
        }

        var damaged = new List<DocumentKey>();
        return (Read("SELECT kind, id, content, checksum FROM documents WHERE kind <> $kind", damaged, DocumentKey.Schema.Kind), damaged);
    }

    /// <summary>Writes all of it or nothing, and returns when it is on the disk. A null content deletes the document.</summary>
    public void Write(IEnumerable<KeyValuePair<DocumentKey, byte[]?>> documents, IEnumerable<StoredEvent> events, IEnumerable<StoredUsage> usage)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        WriteDocuments(documents, transaction);
        using (var insert = Command("INSERT OR IGNORE INTO events (id, at, json) VALUES ($id, $at, $json)", transaction, "$id", "$at", "$json"))
        {
            foreach (var item in events)
            {
                Run(insert, item.Id, item.At.ToUnixTimeMilliseconds(), item.Json);
            }
        }

        const string AddUsage = """
            INSERT INTO usage (hour, key, model, node, requests, failed, prompt_tokens, completion_tokens)
            VALUES ($hour, $key, $model, $node, $requests, $failed, $prompt, $completion)
            ON CONFLICT (hour, key, model, node) DO UPDATE SET requests = requests + $requests, failed = failed + $failed,
              prompt_tokens = prompt_tokens + $prompt, completion_tokens = completion_tokens + $completion
            """;
        using (var add = Command(AddUsage, transaction, "$hour", "$key", "$model", "$node", "$requests", "$failed", "$prompt", "$completion"))
        {
            foreach (var row in usage)
            {
                Run(add, row.Hour.ToUnixTimeMilliseconds(), row.Key, row.Model, row.Node, row.Requests, row.Failed, row.PromptTokens, row.CompletionTokens);
            }
        }

        transaction.Commit();
    }

    public List<StoredEvent> EventsSince(long id, int limit)
    {
        using var command = Command("SELECT id, at, json FROM events WHERE id > $id ORDER BY id LIMIT $limit", null, "$id", "$limit");
        Set(command, id, limit);
        using var reader = command.ExecuteReader();
        var events = new List<StoredEvent>();
        while (reader.Read())
        {
            events.Add(new StoredEvent(reader.GetInt64(0), Time(reader.GetInt64(1)), reader.GetString(2)));
        }

        return events;
    }

    /// <summary>0 where there is none.</summary>
    public long LastEventId() => Convert.ToInt64(Scalar("SELECT coalesce(max(id), 0) FROM events"), CultureInfo.InvariantCulture);

    public List<StoredUsage> UsageSince(DateTimeOffset hour)
    {
        using var command = Command("SELECT hour, key, model, node, requests, failed, prompt_tokens, completion_tokens FROM usage WHERE hour >= $hour", null, "$hour");
        Set(command, hour.ToUnixTimeMilliseconds());
        using var reader = command.ExecuteReader();
        var usage = new List<StoredUsage>();
        while (reader.Read())
        {
            usage.Add(new StoredUsage(
                Time(reader.GetInt64(0)), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7)));
        }

        return usage;
    }

    /// <summary>Deletes events that are older than a time or that are not among the newest so many, and old usage.</summary>
    public void Trim(DateTimeOffset eventsBefore, int keptEvents, DateTimeOffset usageBefore)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        using (var events = Command(
            "DELETE FROM events WHERE at < $before OR id <= (SELECT id FROM events ORDER BY id DESC LIMIT 1 OFFSET $kept)", transaction, "$before", "$kept"))
        {
            Run(events, eventsBefore.ToUnixTimeMilliseconds(), keptEvents);
        }

        using (var usage = Command("DELETE FROM usage WHERE hour < $before", transaction, "$before"))
        {
            Run(usage, usageBefore.ToUnixTimeMilliseconds());
        }

        transaction.Commit();
    }

    public void Dispose() => _connection.Dispose();

    private void Prepare(SqliteSchema schema, long maximumBytes)
    {
        Scalar("PRAGMA locking_mode = EXCLUSIVE");
        var version = SqliteSchema.VersionOf(_connection);
        CheckVersion(version, schema.Version);
        Scalar("PRAGMA journal_mode = WAL");
        Scalar("PRAGMA synchronous = FULL");
        Scalar("PRAGMA journal_size_limit = 4194304");
        Scalar(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {maximumBytes / PageBytes}"));
        // Also where there is nothing to do: only a transaction that writes finds out that a file is read-only.
        using var transaction = _connection.BeginTransaction(deferred: false);
        schema.Migrate(_connection, transaction, version);
        if (version != schema.Version)
        {
            WriteDocuments([KeyValuePair.Create<DocumentKey, byte[]?>(DocumentKey.Schema, BitConverter.GetBytes(schema.Version))], transaction);
        }

        transaction.Commit();
    }

    /// <summary>The number that SQLite keeps has no checksum, so that there is a second one: where the two differ, the file is not of another
    /// version but damaged.</summary>
    private void CheckVersion(int version, int known)
    {
        if (version == 0)
        {
            return;
        }

        int? second;
        try
        {
            second = Read("SELECT kind, id, content, checksum FROM documents WHERE kind = $kind", [], DocumentKey.Schema.Kind).TryGetValue(DocumentKey.Schema, out var content)
                ? BitConverter.ToInt32(content)
                : null;
        }
        catch (SqliteException e) when (version > known && !SqliteError.IsDamage(e))
        {
            // Later versions may keep their documents otherwise.
            second = version;
        }

        if (second != version)
        {
            throw new DamagedDatabaseException("its version is damaged");
        }

        if (version > known)
        {
            throw new NewerSchemaException(version);
        }
    }

    private Dictionary<DocumentKey, byte[]> Read(string sql, List<DocumentKey> damaged, string kind)
    {
        var whole = new Dictionary<DocumentKey, byte[]>();
        using var command = Command(sql, null, "$kind");
        Set(command, kind);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var key = new DocumentKey(reader.GetString(0), reader.GetString(1));
            var content = reader.GetFieldValue<byte[]>(2);
            if (reader.GetFieldValue<byte[]>(3).AsSpan().SequenceEqual(Checksum(key, content)))
            {
                whole[key] = content;
            }
            else
            {
                damaged.Add(key);
            }
        }

        return whole;
    }

    private void WriteDocuments(IEnumerable<KeyValuePair<DocumentKey, byte[]?>> documents, SqliteTransaction transaction)
    {
        using var replace = Command(
            "INSERT OR REPLACE INTO documents (kind, id, content, checksum) VALUES ($kind, $id, $content, $checksum)", transaction, "$kind", "$id", "$content", "$checksum");
        using var delete = Command("DELETE FROM documents WHERE kind = $kind AND id = $id", transaction, "$kind", "$id");
        foreach (var (key, content) in documents)
        {
            if (content is null)
            {
                Run(delete, key.Kind, key.Id);
            }
            else
            {
                Run(replace, key.Kind, key.Id, content, Checksum(key, content));
            }
        }
    }

    private object? Scalar(string sql)
    {
        using var command = Command(sql);
        return command.ExecuteScalar();
    }

    private SqliteCommand Command(string sql, SqliteTransaction? transaction = null, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        foreach (var name in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        return command;
    }

    private static void Set(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        Set(command, values);
        command.ExecuteNonQuery();
    }

    /// <summary>Of the key too: what is whole but stands under another name is not what was written there.</summary>
    private static byte[] Checksum(DocumentKey key, byte[] content)
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes(key.Kind + "\0" + key.Id + "\0"));
        hash.Append(content);
        return hash.GetCurrentHash();
    }

    /// <summary>Events and usage have no checksum; a damaged time should not cost the others.</summary>
    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, EarliestMilliseconds, LatestMilliseconds));
}
