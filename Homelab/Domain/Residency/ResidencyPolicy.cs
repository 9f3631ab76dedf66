using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>The node's rules for what is loaded, from its configuration. Immutable.</summary>
internal sealed record ResidencyPolicy
{
    /// <summary>What people call this node; refusals name it.</summary>
    public string Node { get; init; } = "this node";

    /// <summary>For models that the configuration does not name.</summary>
    public required ModelPolicy DefaultModel { get; init; }

    /// <summary>By canonical name.</summary>
    public ImmutableDictionary<ModelName, ModelPolicy> Models { get; init; } = ImmutableDictionary<ModelName, ModelPolicy>.Empty;

    /// <summary>Kept free on each device.</summary>
    public ByteSize Reserve { get; init; } = ByteSize.FromMebibytes(512);

    /// <summary>Whether a model may spill from GPUs into RAM.</summary>
    public bool AllowCpuOffload { get; init; }

    /// <summary>A replica younger than this, or than twice its own load time, is not evicted for another model.</summary>
    public TimeSpan MinimumResidency { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the queue head may be passed by requests for models that are already loaded; then those are held back until it is served.</summary>
    public TimeSpan MaximumHold { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Requests that may wait at once, over all models.</summary>
    public int MaximumWaiting { get; init; } = 512;

    /// <summary>How long one request may wait before it is refused with <c>capacity_timeout</c>.</summary>
    public TimeSpan MaximumWait { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>How long a load may take.</summary>
    public TimeSpan LoadTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a load goes on that nobody waits for any more; past that it is cancelled unless more than half done.</summary>
    public TimeSpan AbandonedLoadGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes a second assumed for loads until one was measured.</summary>
    public ByteSize AssumedLoadRate { get; init; } = ByteSize.FromMebibytes(500);

    /// <summary>First pause after a failed load; doubled with each further failure, up to <see cref="LongestBackoff"/>.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest pause between two tries of a load that keeps failing.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Evictions of one pair for each other within <see cref="ThrashWindow"/> that are reported as thrash.</summary>
    public int ThrashCount { get; init; } = 4;

    /// <summary>See <see cref="ThrashCount"/>.</summary>
    public TimeSpan ThrashWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The policy of one model: its own, or the default.</summary>
    public ModelPolicy For(ModelName model) => Models.GetValueOrDefault(model, DefaultModel);
}
