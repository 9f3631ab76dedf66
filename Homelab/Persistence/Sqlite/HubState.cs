using System.Text.Json;
using Homelab.Persistence.Cluster;

namespace Homelab.Persistence.Sqlite;

/// <summary>Brings documents, events and usage to the disk: decides when, and goes on from memory where the disk refuses.</summary>
/// <remarks>
/// What is acknowledged is written before the memory changes. All else is written by a timer. A backup of the documents follows within
/// a minute of a change to them, at once after a deletion (it must not bring a revoked key back), each day, and at the end.
/// </remarks>
internal sealed class HubState : IDisposable
{
    // More than a hub announces between two backups.
    private const long LeapAfterLoss = 1_000_000;

    private static readonly TimeSpan BackupAfterChange = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BackupAtLeast = TimeSpan.FromDays(1);
    private static readonly TimeSpan TrimEvery = TimeSpan.FromHours(1);

    // Held while the disk is used. The documents and the buffer have locks of their own, so that nobody waits here who need not.
    private readonly Lock _disk = new();
    private readonly WriteBehindBuffer _buffer;
    private readonly StateFaults _faults;
    private readonly TimeProvider _time;
    private readonly ClusterStoreOptions _options;
    private readonly Action? _restored;
    private readonly HubDatabaseFile? _file;
    private readonly ITimer _timer;
    private SqliteDatabase? _database;
    private bool _isComplete;
    private bool _mustReopen;
    private bool _changed;
    private bool _deleted;
    private bool _disposed;
    private int _ticking;
    private long? _triedAt;
    private long? _trimmedAt;
    private long? _backedUpAt;

    /// <summary>Opens the database; comes to something also where the disk is no good.</summary>
    public HubState(string? folder, TimeProvider time, ClusterStoreOptions options, Action<StateFault>? report, Action? restored, SqliteSchema schema)
    {
        _time = time;
        _options = options;
        _restored = restored;
        _faults = new StateFaults(report);
        _buffer = new WriteBehindBuffer(options.Waiting);
        _file = folder is null ? null : new HubDatabaseFile(folder, schema, options.MaximumBytes);
        if (_file is not null)
        {
            Open(_file);
        }

        _timer = time.CreateTimer(_ => Tick(), null, options.FlushEvery, options.FlushEvery);
    }

    public IReadOnlyList<StateFault> Faults => _faults.All;

    /// <summary>What is changed here directly is written by the timer.</summary>
    public DocumentMirror Documents { get; } = new();

    public long LastEventId => _buffer.LastEventId;

    /// <summary>Read without the lock: who asks for the state of things must not wait for a disk that hangs.</summary>
    public bool IsOnDisk => Volatile.Read(ref _database) is not null;

    /// <summary>Makes a document's new content of its present one, in one go, and returns when it is on the disk, where there is one. Null is
    /// no document; the same content changes nothing.</summary>
    /// <exception cref="StateWriteException">The disk refused. A deletion holds in memory all the same, anything else did not happen.</exception>
    public void Change(DocumentKey key, Func<byte[]?, byte[]?> change)
    {
        lock (_disk)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var before = Documents.Get(key);
            var content = change(before);
            if (ReferenceEquals(before, content))
            {
                return;
            }

            try
            {
                _database?.Write([KeyValuePair.Create(key, content)], [], []);
            }
            catch (Exception e) when (SqliteError.IsExpected(e))
            {
                if (content is null)
                {
                    Documents.Set(key, null, written: false);
                    _deleted = true;
                }

                throw new StateWriteException(Failed(e), e);
            }

            Documents.Set(key, content, written: _database is not null);
            _changed = true;
            _deleted |= content is null;
            Succeeded();
        }
    }

    public void Append(IReadOnlyList<StoredEvent> events) => NoteDropped(_buffer.Append(events));

    public void Add(IReadOnlyList<StoredUsage> usage) => NoteDropped(_buffer.Add(usage));

    public List<StoredEvent> EventsSince(long id, int limit)
    {
        lock (_disk)
        {
            var events = Read(database => database.EventsSince(id, limit), []);
            events.AddRange(_buffer.EventsSince(events.Count > 0 ? events[^1].Id : id, limit - events.Count));
            return events;
        }
    }

    /// <summary>In no order; one hour, key, model and node may come twice.</summary>
    public List<StoredUsage> UsageSince(DateTimeOffset hour)
    {
        lock (_disk)
        {
            return [.. Read(database => database.UsageSince(hour), []), .. _buffer.UsageSince(hour)];
        }
    }

    /// <summary>Writes what waits, and a backup.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_disk)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            WriteWaiting();
            if (_changed || _backedUpAt is null)
            {
                WriteBackup();
            }

            Close();
        }
    }

    private void Tick()
    {
        // A disk that hangs must not gather threads.
        if (Interlocked.Exchange(ref _ticking, 1) == 1)
        {
            return;
        }

        try
        {
            bool restored;
            lock (_disk)
            {
                if (_disposed)
                {
                    return;
                }

                // SQLite goes on writing to a file that was deleted, where nothing would be found again.
                var isGone = _database is not null && _file?.IsThere == false;
                restored = _file is not null && (isGone || ((_database is null || _mustReopen) && IsDue(_triedAt, _options.RetryEvery))) && Open(_file);
                WriteWaiting();
                Trim();
                if (_deleted || (_changed && IsDue(_backedUpAt, BackupAfterChange)) || IsDue(_backedUpAt, BackupAtLeast))
                {
                    WriteBackup();
                }
            }

            if (restored)
            {
                _restored?.Invoke();
            }
        }
        finally
        {
            Volatile.Write(ref _ticking, 0);
        }
    }

    /// <summary>True where that brought what was not known before.</summary>
    private bool Open(HubDatabaseFile file)
    {
        var isFirst = _triedAt is null;
        _triedAt = _time.GetTimestamp();
        Close();
        _mustReopen = false;
        var opened = file.Open(readAtLeast: !_isComplete);
        _database = opened.Database;
        Succeeded();
        if (opened.Fault is not null)
        {
            _faults.Add(opened.Fault);
            _changed = true;
        }

        var learned = false;
        if (_isComplete)
        {
            Documents.Insist(opened.Documents);
        }
        else
        {
            learned = Documents.Learn(opened.Documents);
            _isComplete = opened.IsComplete;
        }

        var last = Math.Max(Documents.Get(DocumentKey.LastEvent) is { } content ? JsonSerializer.Deserialize(content, PersistenceJson.Default.Int64) : 0, Read(database => database.LastEventId(), 0));
        if (isFirst && (opened.LostEvents || !opened.IsComplete))
        {
            // Ids that are not known may be in use. A hub announces less than an event a millisecond, so that the clock is ahead of all of them.
            last = Math.Max(last + LeapAfterLoss, _time.GetUtcNow().ToUnixTimeMilliseconds());
        }

        _buffer.StartAfter(last);
        return learned && !isFirst;
    }

    private void Close()
    {
        try
        {
            _database?.Dispose();
        }
        catch (Exception e) when (SqliteError.IsExpected(e))
        {
            Failed(e);
        }

        _database = null;
    }

    private void WriteWaiting()
    {
        if (_database is null)
        {
            return;
        }

        var documents = Documents.TakeUnwritten();
        var (events, usage) = _buffer.Take();
        try
        {
            if (documents.Count > 0)
            {
                // By themselves: a deletion may fit where events do not.
                _database.Write(documents, [], []);
                documents = [];
                _changed = true;
                Succeeded();
            }

            if (events.Count + usage.Count > 0)
            {
                var last = JsonSerializer.SerializeToUtf8Bytes(LastEventId, PersistenceJson.Default.Int64);
                _database.Write([KeyValuePair.Create<DocumentKey, byte[]?>(DocumentKey.LastEvent, last)], events, usage);
                Documents.Set(DocumentKey.LastEvent, last, written: true);
                Succeeded();
            }
        }
        catch (Exception e) when (SqliteError.IsExpected(e))
        {
            Documents.PutBack(documents);
            NoteDropped(_buffer.PutBack(events, usage));
            Failed(e);
        }
    }

    private void Trim()
    {
        if (_database is null || !IsDue(_trimmedAt, TrimEvery))
        {
            return;
        }

        _trimmedAt = _time.GetTimestamp();
        try
        {
            var now = _time.GetUtcNow();
            _database.Trim(now - _options.EventsKeptFor, _options.KeptEvents, now - _options.UsageKeptFor);
        }
        catch (Exception e) when (SqliteError.IsExpected(e))
        {
            Failed(e);
        }
    }

    private void WriteBackup()
    {
        if (_database is null || _file is null)
        {
            return;
        }

        _backedUpAt = _time.GetTimestamp();
        try
        {
            _file.WriteBackup(Documents.Copy());
            _changed = _deleted = false;
            _faults.End(HubDatabaseFile.BackupName, StateFaultKind.NotSaved);
        }
        catch (Exception e) when (SqliteError.IsExpected(e))
        {
            // After a deletion the next tick tries again, else the next minute.
            _changed = true;
            _faults.Add(new StateFault(StateFaultKind.NotSaved, HubDatabaseFile.BackupName, $"the backup of the hub's state cannot be written: {SqliteError.Describe(e)}"));
        }
    }

    private T Read<T>(Func<SqliteDatabase, T> read, T otherwise)
    {
        try
        {
            return _database is null ? otherwise : read(_database);
        }
        catch (Exception e) when (SqliteError.IsExpected(e))
        {
            Failed(e);
            return otherwise;
        }
    }

    private StateFault Failed(Exception e)
    {
        // A full disk is one that works; anything else is looked at afresh.
        _mustReopen |= !SqliteError.IsFull(e);
        return _faults.Add(new StateFault(
            StateFaultKind.NotSaved, HubDatabaseFile.Name, $"{HubDatabaseFile.Name} cannot be written: {SqliteError.Describe(e)}; keys and nodes cannot be changed, events and usage wait in memory"));
    }

    private void Succeeded()
    {
        if (_database is not null)
        {
            _faults.End(HubDatabaseFile.Name, StateFaultKind.NotSaved);
        }
    }

    private bool IsDue(long? since, TimeSpan period) => since is null || _time.GetElapsedTime(since.Value) >= period;

    private void NoteDropped(bool allKept)
    {
        if (!allKept && _file is not null)
        {
            _faults.Add(new StateFault(StateFaultKind.Lost, "events", "the disk takes nothing: the oldest events and usage that waited for it were dropped"));
        }
    }
}
