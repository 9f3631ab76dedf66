using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>What one node holds, is loading, and who waits, at one instant. Immutable; replaced as a whole by the residency loop.</summary>
internal sealed record ResidencySnapshot
{
    /// <summary>Grows with every applied event.</summary>
    public long Version { get; init; }

    /// <summary>The rules in force.</summary>
    public required ResidencyPolicy Policy { get; init; }

    /// <summary>Whether the engine answered last time; false at the start.</summary>
    public bool EngineUp { get; init; }

    /// <summary>Why the engine is not up, for people.</summary>
    public string? EngineProblem { get; init; } = "the engine has not answered yet";

    /// <summary>Version of the engine as it last said; empty where it has not. What was learnt of one version's loads is not believed of another's.</summary>
    public string EngineVersion { get; init; } = "";

    /// <summary>What the engine gives a load that names nothing.</summary>
    public EngineDefaults EngineDefaults { get; init; } = EngineDefaults.Unknown;

    /// <summary>Where the engine would make room by itself.</summary>
    public EngineLimits EngineLimits { get; init; } = EngineLimits.None;

    /// <summary>Whether the engine was seen to leave the probed GPUs alone.</summary>
    public bool IgnoresGpus { get; init; }

    /// <summary>Whether the engine was seen to use a GPU.</summary>
    public bool UsesGpus { get; init; }

    /// <summary>Devices by name.</summary>
    public ImmutableSortedDictionary<string, DeviceSnapshot> Devices { get; init; } = ImmutableSortedDictionary.Create<string, DeviceSnapshot>(StringComparer.Ordinal);

    /// <summary>Every model that is installed, in memory, or was asked for since.</summary>
    public ImmutableSortedDictionary<ModelName, ModelRecord> Models { get; init; } = ImmutableSortedDictionary<ModelName, ModelRecord>.Empty;

    /// <summary>Requests that wait, in order of arrival.</summary>
    public ImmutableList<Waiter> Waiters { get; init; } = [];

    /// <summary>Corrections of the memory estimate learnt on this node.</summary>
    public EstimateCorrections Corrections { get; init; } = EstimateCorrections.Empty;

    /// <summary>Bytes a second of recent loads; null until one was measured.</summary>
    public ByteSize? MeasuredLoadRate { get; init; }

    /// <summary>Recent evictions of one model for another, for the detection of thrash.</summary>
    public ImmutableList<EvictionRecord> RecentEvictions { get; init; } = [];

    /// <summary>When each pair of models was last reported as thrashing.</summary>
    public ImmutableDictionary<(ModelName, ModelName), TimeSpan> ThrashReported { get; init; } = ImmutableDictionary<(ModelName, ModelName), TimeSpan>.Empty;

    /// <summary>Whether a shortage of memory that nothing idle could cure was announced and is not over.</summary>
    public bool UnderPressure { get; init; }

    /// <summary>Next load id.</summary>
    public long NextLoadId { get; init; } = 1;

    /// <summary>Whether the daemon is shutting down: nothing new is granted or loaded.</summary>
    public bool Draining { get; init; }
}
