using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines.Gguf;

namespace Homelab.Engines.Ollama;

/// <summary>Reads <see cref="GgufFacts"/> out of <c>/api/show</c>.</summary>
internal static class GgufFactsReader
{
    /// <summary>Whether the answer left out an array that is needed, so that a verbose one must be asked for.</summary>
    public static bool NeedsVerbose(ShowMetadata show) => FactsFromMetadata.KeysByLayer(show.Model).Any(show.Withheld.Contains);

    /// <summary>The facts; those that the answer does not state stay 0 or empty.</summary>
    public static GgufFacts Read(ShowMetadata show, InstalledModel model)
    {
        var projector = new ByteSize(Math.Clamp(ProjectorBytes(show, model.FileSize.Bytes), 0, model.FileSize.Bytes));
        return FactsFromMetadata.Read(show.Model, model.FileSize, projector) with
        {
            OwnContext = ModelParameters.Context(show.Parameters),
            IsEmbedder = show.Capabilities.Contains("embedding") && !show.Capabilities.Contains("completion"),
        };
    }

    // Ollama states no size for a projector's file; it is what the files have beyond the model's tensors. The model file's header and tokenizer
    // count with it, some megabytes at most.
    private static long ProjectorBytes(ShowMetadata show, long files) =>
        !show.Model.Tensors.IsComplete || show.Model.Tensors.TotalBytes == 0 ? 0
        : show.HasProjector ? files - show.Model.Tensors.TotalBytes
        : show.Model.Tensors.ProjectorBytes;
}
