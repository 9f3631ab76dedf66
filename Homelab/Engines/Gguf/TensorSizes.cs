using System.Globalization;

namespace Homelab.Engines.Gguf;

/// <summary>Adds up the bytes of a GGUF file's tensors from their types and shapes, by where an engine puts them.</summary>
internal sealed class TensorSizes
{
    private readonly List<long> _layers = [];
    private long _inputs;
    private long _embeddings;
    private long _outputs;
    private bool _hasOutput;

    /// <summary>Bytes of all tensors.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Bytes of those that belong to a vision or audio projector inside the model's own file.</summary>
    public long ProjectorBytes { get; private set; }

    /// <summary>Bytes of the embedding tables, which engines leave in main memory, without the one that serves as the output matrix too.</summary>
    public long HostBytes => _hasOutput ? _inputs : _inputs - _embeddings;

    /// <summary>Bytes of what comes after the last layer: the output matrix, where there is none the embedding table in its place, and norms.</summary>
    public long OutputBytes => _hasOutput ? _outputs : _outputs + _embeddings;

    /// <summary>Bytes of each layer's tensors.</summary>
    public IReadOnlyList<long> Layers => _layers;

    /// <summary>Rows of the embedding table; 0 where it was not listed.</summary>
    public int Vocabulary { get; private set; }

    /// <summary>Whether there were tensors and the type of each is known, so that <see cref="TotalBytes"/> is right.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Counts one tensor as an engine lists it; <paramref name="shape"/> as ggml orders it, the row length first.</summary>
    public void Add(string name, string type, IReadOnlyList<double> shape)
    {
        var elements = shape.Aggregate(1.0, (product, extent) => product * Math.Max(0, extent));
        if (!TensorType.ByName.TryGetValue(type, out var block) || shape.Count == 0 || elements > 1L << 52)
        {
            IsComplete = false;
            return;
        }

        Add(name, (long)(elements / block.Elements * block.Bytes), shape.Count == 2 ? shape[1] : 0);
    }

    /// <summary>Counts one tensor of a known size.</summary>
    /// <param name="name">In the file.</param>
    /// <param name="bytes">Of its values.</param>
    /// <param name="rows">Of a matrix; 0 for anything else.</param>
    public void Add(string name, long bytes, double rows)
    {
        TotalBytes += bytes;
        if (IsOfProjector(name))
        {
            ProjectorBytes += bytes;
        }
        else if (IsInput(name))
        {
            _inputs += bytes;
            _embeddings += name == "token_embd.weight" ? bytes : 0;
        }
        else if (name.StartsWith("output", StringComparison.Ordinal))
        {
            _outputs += bytes;
            _hasOutput |= name == "output.weight";
        }
        else if (LayerOf(name) is { } layer)
        {
            AddLayer(layer, bytes);
        }

        if (name == "token_embd.weight" && rows > 0)
        {
            Vocabulary = (int)Math.Min(int.MaxValue, rows);
        }
    }

    /// <summary>Counts those of another part of the same model.</summary>
    public void Add(TensorSizes other)
    {
        TotalBytes += other.TotalBytes;
        ProjectorBytes += other.ProjectorBytes;
        _inputs += other._inputs;
        _embeddings += other._embeddings;
        _outputs += other._outputs;
        _hasOutput |= other._hasOutput;
        for (var layer = 0; layer < other._layers.Count; layer++)
        {
            AddLayer(layer, other._layers[layer]);
        }

        IsComplete &= other.IsComplete;
        Vocabulary = Math.Max(Vocabulary, other.Vocabulary);
    }

    private void AddLayer(int layer, long bytes)
    {
        while (_layers.Count <= layer)
        {
            _layers.Add(0);
        }

        _layers[layer] += bytes;
    }

    // blk.N.attn_q.weight
    private static int? LayerOf(string name)
    {
        const string Prefix = "blk.";
        var end = name.StartsWith(Prefix, StringComparison.Ordinal) ? name.IndexOf('.', Prefix.Length) : -1;
        return end > 0 && int.TryParse(name.AsSpan(Prefix.Length, end - Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var layer) && layer < GgufMetadata.MaximumArray ? layer : null;
    }

    private static bool IsOfProjector(string name) =>
        name.StartsWith("v.", StringComparison.Ordinal) || name.StartsWith("mm.", StringComparison.Ordinal) || name.StartsWith("a.", StringComparison.Ordinal);

    // LLM_TENSOR_LAYER_INPUT in llama.cpp's llama-arch.cpp.
    private static bool IsInput(string name) =>
        name.StartsWith("token_embd", StringComparison.Ordinal) || name.StartsWith("per_layer_token_embd", StringComparison.Ordinal)
        || name.StartsWith("position_embd", StringComparison.Ordinal) || name.StartsWith("token_types", StringComparison.Ordinal);
}
