using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Something that happened; the only input of the scheduler. Closed set.</summary>
internal abstract record ResidencyEvent
{
    private ResidencyEvent()
    {
    }

    /// <summary>The engine answered: what it has on disk and in memory.</summary>
    /// <param name="Installed">Models on disk, cloud models left out.</param>
    /// <param name="Loaded">Replicas.</param>
    /// <param name="AskedAt">When the question was sent. An answer that was asked for before the last load or unload ended is stale for that model.</param>
    /// <param name="Defaults">What it gives a load that names nothing; null where it does not say.</param>
    public sealed record EngineObserved(ImmutableArray<InstalledModel> Installed, ImmutableArray<LoadedModel> Loaded, TimeSpan AskedAt, EngineDefaults? Defaults = null, EngineLimits? Limits = null) : ResidencyEvent
    {
        /// <summary>Its version; empty where it does not say.</summary>
        public string Version { get; init; } = "";
    }

    /// <summary>The engine does not answer.</summary>
    public sealed record EngineLost(string Problem) : ResidencyEvent;

    /// <summary>The devices were probed.</summary>
    public sealed record DevicesObserved(ImmutableArray<DeviceReading> Devices) : ResidencyEvent;

    /// <summary>A model's metadata was read; null facts: it could not be, and the estimate falls back to the file's size.</summary>
    /// <param name="Model">Which.</param>
    /// <param name="Digest">Of what was read; where the model has another one by now, this says nothing about it.</param>
    /// <param name="Facts">The metadata.</param>
    public sealed record ModelInspected(ModelName Model, string Digest, GgufFacts? Facts) : ResidencyEvent;

    /// <summary>A request that the fast path could not serve wants a lease.</summary>
    public sealed record LeaseWanted(Waiter Waiter) : ResidencyEvent;

    /// <summary>A waiter left (its client is gone).</summary>
    public sealed record WaiterLeft(long WaiterId) : ResidencyEvent;

    /// <summary>A lease was returned while somebody waited, or while the replica's gate was not open.</summary>
    public sealed record LeaseReturned(ModelName Model) : ResidencyEvent;

    /// <summary>The gate of a replica was closed and holds no lease: it may be unloaded.</summary>
    public sealed record GateClosed(ModelName Model) : ResidencyEvent;

    /// <summary>The gate could not be closed for an eviction: somebody took a lease in between.</summary>
    public sealed record GateBusy(ModelName Model) : ResidencyEvent;

    /// <summary>A load succeeded.</summary>
    /// <param name="Model">Which.</param>
    /// <param name="LoadId">Of the <see cref="LoadRecord"/>.</param>
    /// <param name="Loaded">As the engine lists it now; null where it could not be read.</param>
    /// <param name="Took">From the request to the engine's answer.</param>
    public sealed record LoadSucceeded(ModelName Model, long LoadId, LoadedModel? Loaded, TimeSpan Took) : ResidencyEvent;

    /// <summary>A load failed.</summary>
    public sealed record LoadFailed(ModelName Model, long LoadId, LoadFailure Kind, string Reason) : ResidencyEvent;

    /// <summary>An unload is over: the engine lists the model no longer and its memory is back (or was waited for long enough).</summary>
    public sealed record Unloaded(ModelName Model) : ResidencyEvent;

    /// <summary>The engine did not unload.</summary>
    public sealed record UnloadFailed(ModelName Model, string Reason) : ResidencyEvent;

    /// <summary>An operator wants a model out of memory; leased replicas are left alone (the command is told so by the snapshot).</summary>
    public sealed record UnloadWanted(ModelName Model) : ResidencyEvent;

    /// <summary>A pull began, succeeded or failed.</summary>
    public sealed record PullChanged(ModelName Model, ModelTrigger Trigger) : ResidencyEvent;

    /// <summary>The manifests were read.</summary>
    /// <param name="Apps">Every app that may be started, under the name that <see cref="ModelName.OfApp"/> gives, its manifest's hash as digest.</param>
    /// <param name="Policies">When each is stopped for idleness, and the like.</param>
    public sealed record AppsObserved(ImmutableArray<InstalledModel> Apps, ImmutableDictionary<ModelName, ModelPolicy> Policies) : ResidencyEvent;

    /// <summary>An app's files are there and verified, or cannot be had.</summary>
    /// <param name="App">Which.</param>
    /// <param name="Digest">Of the manifest that asked for them.</param>
    /// <param name="Problem">Why they are not there; null: they are.</param>
    public sealed record AppPrepared(ModelName App, string Digest, string? Problem) : ResidencyEvent;

    /// <summary>An app's process ended without our asking.</summary>
    /// <param name="App">Which.</param>
    /// <param name="LoadId">Of the load that started it.</param>
    /// <param name="Reason">Its exit code and last output, for people.</param>
    public sealed record AppExited(ModelName App, long LoadId, string Reason) : ResidencyEvent;

    /// <summary>Time passed: deadlines, idle replicas, back-offs and pins are looked at. Sent about once a second.</summary>
    public sealed record Tick : ResidencyEvent;

    /// <summary>The daemon is shutting down.</summary>
    public sealed record DrainStarted : ResidencyEvent;
}
