using System.Collections.Frozen;

namespace Homelab.Engines.Ollama;

/// <summary>Adds up the bytes of a GGUF file's tensors from their types and shapes.</summary>
internal sealed class TensorSizes
{
    // Elements and bytes of one block, from the type table of ggml (ggml-common.h).
    private static readonly FrozenDictionary<string, (int Elements, int Bytes)> Blocks = new Dictionary<string, (int, int)>
    {
        ["F64"] = (1, 8),
        ["F32"] = (1, 4),
        ["F16"] = (1, 2),
        ["BF16"] = (1, 2),
        ["I8"] = (1, 1),
        ["I16"] = (1, 2),
        ["I32"] = (1, 4),
        ["I64"] = (1, 8),
        ["Q4_0"] = (32, 18),
        ["Q4_1"] = (32, 20),
        ["Q5_0"] = (32, 22),
        ["Q5_1"] = (32, 24),
        ["Q8_0"] = (32, 34),
        ["Q8_1"] = (32, 36),
        ["Q2_K"] = (256, 84),
        ["Q3_K"] = (256, 110),
        ["Q4_K"] = (256, 144),
        ["Q5_K"] = (256, 176),
        ["Q6_K"] = (256, 210),
        ["Q8_K"] = (256, 292),
        ["IQ1_S"] = (256, 50),
        ["IQ1_M"] = (256, 56),
        ["IQ2_XXS"] = (256, 66),
        ["IQ2_XS"] = (256, 74),
        ["IQ2_S"] = (256, 82),
        ["IQ3_XXS"] = (256, 98),
        ["IQ3_S"] = (256, 110),
        ["IQ4_NL"] = (32, 18),
        ["IQ4_XS"] = (256, 136),
        ["TQ1_0"] = (256, 54),
        ["TQ2_0"] = (256, 66),
        ["MXFP4"] = (32, 17),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Bytes of all tensors.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Bytes of those that belong to a vision or audio projector inside the model's own file.</summary>
    public long ProjectorBytes { get; private set; }

    /// <summary>Rows of the embedding table; 0 where it was not listed.</summary>
    public int Vocabulary { get; private set; }

    /// <summary>Whether there were tensors and the type of each is known, so that <see cref="TotalBytes"/> is right.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Counts one tensor; <paramref name="shape"/> as ggml orders it, the row length first.</summary>
    public void Add(string name, string type, IReadOnlyList<double> shape)
    {
        var elements = shape.Aggregate(1.0, (product, extent) => product * Math.Max(0, extent));
        if (!Blocks.TryGetValue(type, out var block) || shape.Count == 0 || elements > 1L << 52)
        {
            IsComplete = false;
            return;
        }

        var bytes = (long)(elements / block.Elements * block.Bytes);
        TotalBytes += bytes;
        if (name.StartsWith("v.", StringComparison.Ordinal) || name.StartsWith("mm.", StringComparison.Ordinal) || name.StartsWith("a.", StringComparison.Ordinal))
        {
            ProjectorBytes += bytes;
        }

        if (name == "token_embd.weight" && shape.Count == 2)
        {
            Vocabulary = (int)Math.Min(int.MaxValue, shape[1]);
        }
    }
}
