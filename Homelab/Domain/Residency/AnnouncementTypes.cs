namespace Homelab.Domain.Residency;

/// <summary>The types of event that the scheduler announces.</summary>
internal static class AnnouncementTypes
{
    public static readonly string ModelState = "model.state";
    public static readonly string ModelLoaded = "model.loaded";
    public static readonly string ModelLoadFailed = "model.load_failed";
    public static readonly string ModelLoadRetried = "model.load_retried";
    public static readonly string ModelLoadCancelled = "model.load_cancelled";
    public static readonly string ModelEvicted = "model.evicted";
    public static readonly string ModelUnloaded = "model.unloaded";
    public static readonly string ModelLost = "model.lost";
    public static readonly string ModelFound = "model.found";
    public static readonly string Thrash = "thrash";
    public static readonly string EngineUp = "engine.up";
    public static readonly string EngineDown = "engine.down";
    public static readonly string GpusIgnored = "engine.gpus_ignored";
    public static readonly string GpusUsed = "engine.gpus_used";
    public static readonly string MemoryPressure = "memory.pressure";
    public static readonly string PinUnmet = "model.pin_unmet";
    public static readonly string UnloadFailed = "model.unload_failed";
    public static readonly string IllegalTransition = "internal.illegal_transition";

    /// <summary>What the same is called where it happens to an app.</summary>
    public static string OfApp(string type) => type switch
    {
        "model.loaded" => "app.started",
        "model.load_failed" => "app.start_failed",
        "model.load_cancelled" => "app.start_cancelled",
        "model.unloaded" => "app.stopped",
        "model.unload_failed" => "app.stop_failed",
        "model.lost" => "app.exited",
        _ when type.StartsWith("model.", StringComparison.Ordinal) => "app." + type["model.".Length..],
        _ => type,
    };
}
