using System.Globalization;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Where an engine makes room by itself, with a victim of its own choice, whatever is pinned or leased here. No load is sent that would
/// lead it there.</summary>
/// <param name="MaximumReplicas">Models in memory at the same time; null: see <paramref name="ReplicasPerGpu"/>.</param>
/// <param name="ReplicasPerGpu">The same for each GPU, or for a node without one; null: without limit.</param>
/// <param name="NeedsHeadroom">Whether a model is loaded beside others only where the engine's own forecast is within a part of the free GPU memory.</param>
internal sealed record EngineLimits(int? MaximumReplicas, int? ReplicasPerGpu, bool NeedsHeadroom)
{
    /// <summary>What the forecast may take of the free GPU memory (<c>load</c> and <c>bestSingleGPUFit</c> in Ollama's <c>server/sched.go</c>).</summary>
    public const int HeadroomPercent = 80;

    /// <summary>Of an engine that never makes room by itself.</summary>
    public static EngineLimits None { get; } = new(null, null, false);

    /// <summary>Of Ollama.</summary>
    /// <param name="maximumLoaded">Its <c>OLLAMA_MAX_LOADED_MODELS</c>; 0 where that is not set: then three for each GPU (<c>defaultModelsPerGPU</c>, same place).</param>
    public static EngineLimits OfOllama(int maximumLoaded) =>
        maximumLoaded > 0 ? new EngineLimits(maximumLoaded, null, true) : new EngineLimits(null, 3, true);

    /// <summary>Models that may be in memory at the same time on a node with these devices; null: any number.</summary>
    public int? Maximum(IEnumerable<DeviceSnapshot> devices)
    {
        // Vulkan finds GPUs that Ollama leaves out; too low a number only makes us evict earlier.
        return MaximumReplicas ?? (ReplicasPerGpu * Math.Max(1, devices.Count(d => d.Kind is DeviceKind.Cuda or DeviceKind.Rocm or DeviceKind.Metal)));
    }

    /// <summary>Why there is no place for one more, for people.</summary>
    public static string CountInWords(int maximum) =>
        $"Ollama holds at most {Phrases.Count(maximum, "model")} at the same time (OLLAMA_MAX_LOADED_MODELS)";

    /// <summary>Why free memory is not enough, for people.</summary>
    public static string HeadroomInWords(ByteSize forecast) => string.Create(
        CultureInfo.InvariantCulture,
        $"beside other models Ollama loads only what its own forecast, {forecast} here, puts within {HeadroomPercent} % of the free GPU memory");
}
