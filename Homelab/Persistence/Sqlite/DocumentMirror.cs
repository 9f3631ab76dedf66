namespace Homelab.Persistence.Sqlite;

/// <summary>The hub's small documents in memory, and which of them the disk has yet to get. Never waits for the disk; from any thread.</summary>
internal sealed class DocumentMirror
{
    private readonly Lock _lock = new();
    private readonly Dictionary<DocumentKey, byte[]> _documents = [];
    private readonly HashSet<DocumentKey> _unwritten = [];

    public byte[]? Get(DocumentKey key)
    {
        lock (_lock)
        {
            return _documents.GetValueOrDefault(key);
        }
    }

    /// <summary>The documents of one kind, ordered by id.</summary>
    public List<KeyValuePair<DocumentKey, byte[]>> All(string kind)
    {
        lock (_lock)
        {
            return [.. _documents.Where(d => d.Key.Kind == kind).OrderBy(d => d.Key.Id, StringComparer.Ordinal)];
        }
    }

    /// <summary>Everything, for a backup.</summary>
    public Dictionary<DocumentKey, byte[]> Copy()
    {
        lock (_lock)
        {
            return new Dictionary<DocumentKey, byte[]>(_documents);
        }
    }

    /// <summary>Replaces a document, or deletes it where the content is null.</summary>
    /// <param name="written">Whether the disk has it already.</param>
    public void Set(DocumentKey key, byte[]? content, bool written)
    {
        lock (_lock)
        {
            if (content is null)
            {
                _documents.Remove(key);
            }
            else
            {
                _documents[key] = content;
            }

            if (!written)
            {
                _unwritten.Add(key);
            }
        }
    }

    /// <summary>Replaces a document that is there by what is made of it, in one go; the disk gets it later.</summary>
    public void Update(DocumentKey key, Func<byte[], byte[]> change)
    {
        lock (_lock)
        {
            if (_documents.TryGetValue(key, out var content))
            {
                _documents[key] = change(content);
                _unwritten.Add(key);
            }
        }
    }

    /// <summary>What the disk has yet to get, null for a deletion; from now on it counts as written.</summary>
    public List<KeyValuePair<DocumentKey, byte[]?>> TakeUnwritten()
    {
        lock (_lock)
        {
            var taken = _unwritten.Select(key => KeyValuePair.Create(key, _documents.GetValueOrDefault(key))).ToList();
            _unwritten.Clear();
            return taken;
        }
    }

    /// <summary>The disk did not take them.</summary>
    public void PutBack(IEnumerable<KeyValuePair<DocumentKey, byte[]?>> taken)
    {
        lock (_lock)
        {
            _unwritten.UnionWith(taken.Select(d => d.Key));
        }
    }

    /// <summary>Takes over what a database holds: what is not written yet stands. True where that brought anything new.</summary>
    public bool Learn(IReadOnlyDictionary<DocumentKey, byte[]> stored)
    {
        lock (_lock)
        {
            var known = _documents.Count;
            foreach (var (key, content) in stored.Where(d => !_unwritten.Contains(d.Key)))
            {
                _documents[key] = content;
            }

            return _documents.Count > known;
        }
    }

    /// <summary>Marks as not written whatever a database holds otherwise: the memory is what counts.</summary>
    public void Insist(IReadOnlyDictionary<DocumentKey, byte[]> stored)
    {
        lock (_lock)
        {
            _unwritten.UnionWith(stored.Keys.Where(key => !_documents.ContainsKey(key)));
            _unwritten.UnionWith(_documents.Where(d => !stored.TryGetValue(d.Key, out var there) || !there.AsSpan().SequenceEqual(d.Value)).Select(d => d.Key));
        }
    }
}
