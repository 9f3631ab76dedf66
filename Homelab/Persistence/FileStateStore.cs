using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Homelab.Persistence;

/// <summary>Keeps each document in a file of its own and, for when the disk fails, in memory.</summary>
internal sealed class FileStateStore : IStateStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _unsaved = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StateFault> _faults = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly Action<StateFault>? _report;
    private readonly Func<string, CheckedFile> _open;
    private StateFolder? _folder;

    /// <summary>Touches nothing yet.</summary>
    /// <param name="path">The state folder; made when it is needed.</param>
    /// <param name="report">Told of each fault as it is found, on the thread that found it.</param>
    /// <param name="open">Opens a file; tests give files that fail.</param>
    public FileStateStore(string path, Action<StateFault>? report = null, Func<string, CheckedFile>? open = null)
    {
        _path = path;
        _report = report;
        _open = open ?? (file => new CheckedFile(file));
    }

    public IReadOnlyList<StateFault> Faults
    {
        get
        {
            lock (_lock)
            {
                return [.. _faults.Values];
            }
        }
    }

    public T? Load<T>(string document, JsonTypeInfo<T> type)
        where T : class
    {
        lock (_lock)
        {
            if (_unsaved.TryGetValue(document, out var kept))
            {
                return JsonSerializer.Deserialize(kept, type);
            }

            try
            {
                var reading = _open(Folder().FileOf(document)).Read();
                if (reading.Problem is not null)
                {
                    Fault(reading.Content is null ? StateFaultKind.Lost : StateFaultKind.Recovered, document, reading.Problem);
                }

                return reading.Content is null ? null : JsonSerializer.Deserialize(reading.Content, type);
            }
            catch (Exception e) when (e is JsonException or NotSupportedException)
            {
                Fault(StateFaultKind.Lost, document, $"{document} has a form that this version does not know");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Fault(StateFaultKind.Lost, document, $"{document} cannot be read: {DiskError.Describe(e)}");
            }

            return null;
        }
    }

    public bool Save<T>(string document, T value, JsonTypeInfo<T> type)
        where T : class
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(value, type);
        lock (_lock)
        {
            return Write(document, content);
        }
    }

    public bool Retry()
    {
        lock (_lock)
        {
            foreach (var (document, content) in _unsaved.ToList())
            {
                Write(document, content);
            }

            return _unsaved.Count == 0;
        }
    }

    private StateFolder Folder() => _folder ??= StateFolder.Open(_path);

    private bool Write(string document, byte[] content)
    {
        try
        {
            _open(Folder().FileOf(document)).Write(content);
            _unsaved.Remove(document);
            _faults.Remove(document);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder may have been what failed; it is looked at afresh next time.
            _folder = null;
            _unsaved[document] = content;
            Fault(StateFaultKind.NotSaved, document, $"{document} cannot be saved and is kept in memory only: {DiskError.Describe(e)}");
            return false;
        }
    }

    private void Fault(StateFaultKind kind, string document, string message)
    {
        var fault = new StateFault(kind, document, message);
        var known = _faults.TryGetValue(document, out var before) && before == fault;
        _faults.Remove(document);
        _faults.Add(document, fault);
        if (!known)
        {
            _report?.Invoke(fault);
        }
    }
}
