namespace Homelab.Engines.Simulated;

/// <summary>The options of a request that are fixed when a model is loaded; null means that the request leaves them to the engine.</summary>
internal sealed record LoadOptions(int? Context = null, int? Batch = null, int? GpuLayers = null, int? MainGpu = null, int? Threads = null, bool? MemoryMap = null)
{
    /// <summary>Whether a model loaded with these options must be reloaded for a request with <paramref name="wanted"/>.
    /// What both leave to the engine, and a negative number of GPU layers, is no difference.</summary>
    public bool DiffersFrom(LoadOptions wanted, int loadedContext, int defaultContext, int trainedContext)
    {
        var sameContext = (Context is null && wanted.Context is null) || Math.Min(wanted.Context ?? defaultContext, trainedContext) == loadedContext;
        var sameLayers = wanted.GpuLayers is null or < 0 || GpuLayers == wanted.GpuLayers;
        return !sameContext || !sameLayers || Batch != wanted.Batch || (MainGpu ?? 0) != (wanted.MainGpu ?? 0)
            || (Threads ?? 0) != (wanted.Threads ?? 0) || (wanted.MemoryMap is not null && MemoryMap != wanted.MemoryMap);
    }
}
