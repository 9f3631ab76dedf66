namespace Homelab.Engines.Gguf;

/// <summary>A model's metadata as far as its memory need follows from it, whoever told it: a file's header or an engine. The tokenizer is left out.</summary>
internal sealed class GgufMetadata
{
    /// <summary>Most keys kept.</summary>
    public const int MaximumKeys = 4096;

    /// <summary>No model has more layers; what is longer is no array of layers.</summary>
    public const int MaximumArray = 4096;

    /// <summary>Numbers and truth values (1 and 0).</summary>
    public Dictionary<string, double> Numbers { get; } = [];

    public Dictionary<string, string> Texts { get; } = [];

    /// <summary>Arrays of numbers or truth values, the tokenizer's left out.</summary>
    public Dictionary<string, double[]> Arrays { get; } = [];

    /// <summary>Elements of <c>tokenizer.ggml.tokens</c>; 0 where they were left out.</summary>
    public int TokenCount { get; set; }

    /// <summary>Tensors of the model's own file.</summary>
    public TensorSizes Tensors { get; } = new();
}
