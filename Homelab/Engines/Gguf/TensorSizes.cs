namespace Homelab.Engines.Gguf;

/// <summary>Adds up the bytes of a GGUF file's tensors from their types and shapes, by where an engine puts them.</summary>
internal sealed class TensorSizes
{
    /// <summary>Bytes of all tensors.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Bytes of those that belong to a vision or audio projector inside the model's own file.</summary>
    public long ProjectorBytes { get; private set; }

    /// <summary>Bytes of the embedding tables, which engines leave in main memory.</summary>
    public long InputBytes { get; private set; }

    /// <summary>Bytes of what comes after the last layer.</summary>
    public long OutputBytes { get; private set; }

    /// <summary>Whether there is an output matrix of its own; without one the embedding table serves twice.</summary>
    public bool HasOutput { get; private set; }

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
            InputBytes += bytes;
        }
        else if (name.StartsWith("output", StringComparison.Ordinal))
        {
            OutputBytes += bytes;
            HasOutput |= name == "output.weight";
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
        InputBytes += other.InputBytes;
        OutputBytes += other.OutputBytes;
        HasOutput |= other.HasOutput;
        IsComplete &= other.IsComplete;
        Vocabulary = Math.Max(Vocabulary, other.Vocabulary);
    }

    private static bool IsOfProjector(string name) =>
        name.StartsWith("v.", StringComparison.Ordinal) || name.StartsWith("mm.", StringComparison.Ordinal) || name.StartsWith("a.", StringComparison.Ordinal);

    // LLM_TENSOR_LAYER_INPUT in llama.cpp's llama-arch.cpp.
    private static bool IsInput(string name) =>
        name.StartsWith("token_embd", StringComparison.Ordinal) || name.StartsWith("per_layer_token_embd", StringComparison.Ordinal)
        || name.StartsWith("position_embd", StringComparison.Ordinal) || name.StartsWith("token_types", StringComparison.Ordinal);
}
