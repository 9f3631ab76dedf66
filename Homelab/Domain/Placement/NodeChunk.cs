using Homelab.Domain.Nodes;

namespace Homelab.Domain.Placement;

/// <summary>Up to <see cref="Capacity"/> nodes in order of id, with the indexes over them: the unit that is copied when a node changes. Immutable;
/// the indexes are built by whoever asks first, and two threads that ask at once build the same.</summary>
internal sealed class NodeChunk
{
    /// <summary>Nodes of a full chunk: copying one chunk and the list of chunks costs about the same at ten thousand nodes.</summary>
    public const int Capacity = 128;

    private readonly NodeSnapshot[] _nodes;
    private readonly Lazily<InstalledIndex> _installed;
    private readonly Lazily<HeldIndex> _held;

    public NodeChunk(NodeSnapshot[] nodes)
        : this(nodes, new Lazily<InstalledIndex>(), new Lazily<HeldIndex>())
    {
    }

    private NodeChunk(NodeSnapshot[] nodes, Lazily<InstalledIndex> installed, Lazily<HeldIndex> held)
    {
        _nodes = nodes;
        _installed = installed;
        _held = held;
    }

    public ReadOnlySpan<NodeSnapshot> Nodes => _nodes;

    public string First => _nodes[0].Id;

    public InstalledIndex Installed => _installed.Value ??= new InstalledIndex(_nodes);

    public HeldIndex Held => _held.Value ??= new HeldIndex(_nodes);

    /// <summary>The place of an id; the complement of where it would go if it is not here.</summary>
    public int IndexOf(string id)
    {
        int low = 0, high = _nodes.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = string.CompareOrdinal(_nodes[middle].Id, id);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    /// <summary>The chunk with another version of a node that is in it.</summary>
    public NodeChunk Replace(int at, NodeSnapshot node)
    {
        var old = _nodes[at];
        var nodes = (NodeSnapshot[])_nodes.Clone();
        nodes[at] = node;
        return new NodeChunk(
            nodes,
            ReferenceEquals(old.Inventory, node.Inventory) ? _installed : new Lazily<InstalledIndex>(),
            HeldIndex.IsSame(old, node) ? _held : new Lazily<HeldIndex> { Value = _held.Value?.With(at, old, node) });
    }

    /// <summary>Shared between versions, so that an index that one of them builds is there for all.</summary>
    private sealed class Lazily<T>
        where T : class
    {
        public T? Value { get; set; }
    }
}
