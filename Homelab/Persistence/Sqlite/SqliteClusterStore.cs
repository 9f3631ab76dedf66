using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Homelab.Persistence.Cluster;

namespace Homelab.Persistence.Sqlite;

/// <summary>Keeps the hub's state in an SQLite database, as far as the disk lets it: credentials, nodes and the like as documents, events
/// and usage as rows.</summary>
/// <param name="folder">The state folder; null keeps everything in memory.</param>
/// <param name="time">Drives the writing; its wall clock ages events and usage.</param>
/// <param name="options">How much is kept.</param>
/// <param name="report">Told of each fault as it is found, on the thread that found it.</param>
/// <param name="restored">Told when a disk that could not be read has brought what was not known before: everything is to be loaded anew.</param>
/// <param name="schema">The database's form; tests give others.</param>
internal sealed class SqliteClusterStore(
    string? folder, TimeProvider time, ClusterStoreOptions? options = null, Action<StateFault>? report = null, Action? restored = null, SqliteSchema? schema = null) : IClusterStore
{
    private static readonly PersistenceJson Json = PersistenceJson.Default;

    private readonly HubState _state = new(folder, time, options ?? new ClusterStoreOptions(), report, restored, schema ?? SqliteSchema.Current);

    public IReadOnlyList<StateFault> Faults => _state.Faults;

    public bool IsOnDisk => _state.IsOnDisk;

    public long LastEventId => _state.LastEventId;

    public IReadOnlyList<StoredCredential> LoadCredentials() => All(DocumentKey.Credentials, Json.StoredCredential);

    public void Save(StoredCredential credential) => Save(
        DocumentKey.Credential(credential.Id),
        credential with { Hash = credential.Hash.IsDefault ? [] : credential.Hash, Models = credential.Models.IsDefault ? [] : credential.Models },
        Json.StoredCredential);

    public void DeleteCredential(string id) => _state.Change(DocumentKey.Credential(id), _ => null);

    public bool TrySpend(string id)
    {
        var isSpent = false;
        _state.Change(DocumentKey.Credential(id), content =>
        {
            if (Parse(content, Json.StoredCredential) is not { UsesLeft: null or > 0 } credential)
            {
                return content;
            }

            isSpent = true;
            return credential.UsesLeft is { } uses ? JsonSerializer.SerializeToUtf8Bytes(credential with { UsesLeft = uses - 1 }, Json.StoredCredential) : content;
        });
        return isSpent;
    }

    public void NoteUse(string id, DateTimeOffset at) => _state.Documents.Update(
        DocumentKey.Credential(id),
        content => Parse(content, Json.StoredCredential) is { } credential && !(credential.LastUsedAt >= at)
            ? JsonSerializer.SerializeToUtf8Bytes(credential with { LastUsedAt = at }, Json.StoredCredential)
            : content);

    public IReadOnlyList<StoredNode> LoadNodes() => All(DocumentKey.Nodes, Json.StoredNode);

    public void Save(StoredNode node) => Save(DocumentKey.Node(node.Id), node with { OldBoots = node.OldBoots.IsDefault ? [] : node.OldBoots }, Json.StoredNode);

    public void DeleteNode(string id) => _state.Change(DocumentKey.Node(id), _ => null);

    public long NextEpoch(long atLeast)
    {
        var next = atLeast;
        _state.Change(DocumentKey.Epoch, content =>
        {
            next = Math.Max(atLeast, content is null ? 1 : JsonSerializer.Deserialize(content, Json.Int64) + 1);
            return JsonSerializer.SerializeToUtf8Bytes(next, Json.Int64);
        });
        return next;
    }

    public IReadOnlyList<StoredAlias> LoadAliases() => [.. All(DocumentKey.Aliases, Json.StoredAlias).Where(static a => !a.Of.IsDefaultOrEmpty)];

    public void Save(StoredAlias alias) => Save(DocumentKey.Alias(alias.Name), alias, Json.StoredAlias);

    public void DeleteAlias(string name) => _state.Change(DocumentKey.Alias(name), _ => null);

    public IReadOnlyList<StoredMeasure> LoadMeasures() => All(DocumentKey.Measures, Json.StoredMeasure);

    public void Save(StoredMeasure measure) =>
        _state.Documents.Set(DocumentKey.Measure(measure.Node, measure.Model), JsonSerializer.SerializeToUtf8Bytes(measure, Json.StoredMeasure), written: false);

    public void DeleteMeasures(string node)
    {
        foreach (var (key, _) in _state.Documents.All(DocumentKey.Measures).Where(d => d.Key.Id.StartsWith(DocumentKey.MeasuresOf(node), StringComparison.Ordinal)))
        {
            _state.Documents.Set(key, null, written: false);
        }
    }

    public void Append(IReadOnlyList<StoredEvent> events) => _state.Append(events);

    public IReadOnlyList<StoredEvent> EventsSince(long id, int limit) => _state.EventsSince(id, limit);

    public void Add(IReadOnlyList<StoredUsage> usage) => _state.Add([.. usage.Select(row => row with { Hour = HourOf(row.Hour) })]);

    public IReadOnlyList<StoredUsage> UsageSince(DateTimeOffset hour) =>
    [
        .. _state.UsageSince(HourOf(hour))
            .GroupBy(row => (row.Hour, row.Key, row.Model, row.Node), (_, rows) => rows.Aggregate((a, b) => a.Plus(b)))
            .OrderBy(row => row.Hour).ThenBy(row => row.Key, StringComparer.Ordinal).ThenBy(row => row.Model, StringComparer.Ordinal).ThenBy(row => row.Node, StringComparer.Ordinal),
    ];

    /// <summary>Writes what waits, and a backup.</summary>
    public void Dispose() => _state.Dispose();

    private static DateTimeOffset HourOf(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    private void Save<T>(DocumentKey key, T value, JsonTypeInfo<T> type)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(value, type);
        _state.Change(key, _ => content);
    }

    private List<T> All<T>(string kind, JsonTypeInfo<T> type)
        where T : class => [.. _state.Documents.All(kind).Select(d => Parse(d.Value, type)).OfType<T>()];

    /// <summary>Null also for what a later version wrote in a form that this one does not know.</summary>
    private static T? Parse<T>(byte[]? content, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return content is null ? null : JsonSerializer.Deserialize(content, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
