using System.Collections;
using System.Collections.Immutable;
using Homelab.Domain.Nodes;

namespace Homelab.Domain.Placement;

/// <summary>All known nodes in order of id. Immutable; replacing one node copies a chunk and the list of chunks, not the table.</summary>
internal sealed class NodeTable : IReadOnlyCollection<NodeSnapshot>
{
    private readonly ImmutableArray<NodeChunk> _chunks;

    private NodeTable(ImmutableArray<NodeChunk> chunks, int count, long version)
    {
        _chunks = chunks;
        Count = count;
        Version = version;
    }

    public static NodeTable Empty { get; } = new([], 0, 0);

    public int Count { get; }

    /// <summary>Grows with every change.</summary>
    public long Version { get; }

    /// <summary>The nodes chunk by chunk, for loops that must not allocate.</summary>
    public ImmutableArray<NodeChunk> Chunks => _chunks;

    public static NodeTable Of(IEnumerable<NodeSnapshot> nodes)
    {
        var sorted = nodes.OrderBy(n => n.Id, StringComparer.Ordinal).ToArray();
        return new NodeTable([.. sorted.Chunk(NodeChunk.Capacity * 3 / 4).Select(c => new NodeChunk(c))], sorted.Length, 1);
    }

    public NodeSnapshot? Find(string id)
    {
        var chunk = ChunkOf(id);
        if (chunk < 0)
        {
            return null;
        }

        var at = _chunks[chunk].IndexOf(id);
        return at < 0 ? null : _chunks[chunk].Nodes[at];
    }

    /// <summary>The node that people mean: by its id, or by its name in any case.</summary>
    public NodeSnapshot? FindNamed(string idOrName) => Find(idOrName) ?? this.FirstOrDefault(n => string.Equals(n.Name, idOrName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Adds a node, or replaces the one of the same id.</summary>
    public NodeTable With(NodeSnapshot node)
    {
        if (_chunks.IsEmpty)
        {
            return new NodeTable([new NodeChunk([node])], 1, Version + 1);
        }

        var at = Math.Max(0, ChunkOf(node.Id));
        var chunk = _chunks[at];
        var slot = chunk.IndexOf(node.Id);
        if (slot >= 0)
        {
            return new NodeTable(_chunks.SetItem(at, chunk.Replace(slot, node)), Count, Version + 1);
        }

        NodeSnapshot[] nodes = [.. chunk.Nodes[..~slot], node, .. chunk.Nodes[~slot..]];
        var chunks = nodes.Length <= NodeChunk.Capacity
            ? _chunks.SetItem(at, new NodeChunk(nodes))
            : _chunks.SetItem(at, new NodeChunk(nodes[..(nodes.Length / 2)])).Insert(at + 1, new NodeChunk(nodes[(nodes.Length / 2)..]));
        return new NodeTable(chunks, Count + 1, Version + 1);
    }

    public NodeTable Without(string id)
    {
        var at = ChunkOf(id);
        var slot = at < 0 ? -1 : _chunks[at].IndexOf(id);
        if (slot < 0)
        {
            return this;
        }

        var nodes = _chunks[at].Nodes;
        return nodes.Length == 1
            ? new NodeTable(_chunks.RemoveAt(at), Count - 1, Version + 1)
            : new NodeTable(_chunks.SetItem(at, new NodeChunk([.. nodes[..slot], .. nodes[(slot + 1)..]])), Count - 1, Version + 1);
    }

    public IEnumerator<NodeSnapshot> GetEnumerator()
    {
        foreach (var chunk in _chunks)
        {
            for (var i = 0; i < chunk.Nodes.Length; i++)
            {
                yield return chunk.Nodes[i];
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The last chunk that begins at or before the id; -1 where none does.</summary>
    private int ChunkOf(string id)
    {
        int low = 0, high = _chunks.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(_chunks[middle].First, id) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }
}
