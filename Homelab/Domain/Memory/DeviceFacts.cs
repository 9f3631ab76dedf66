using System.Collections.Immutable;

namespace Homelab.Domain.Memory;

/// <summary>What else a probe knows of a device: shown to people, and no decision depends on it. What cannot be read is null.</summary>
internal sealed record DeviceFacts
{
    /// <summary>As its maker calls it.</summary>
    public string? Product { get; init; }

    /// <summary>The driver's id of it, the same after a restart.</summary>
    public string? Uuid { get; init; }

    /// <summary>Part of the time that it computed lately, 0 to 1.</summary>
    public double? Utilisation { get; init; }

    /// <summary>Degrees Celsius.</summary>
    public double? Temperature { get; init; }

    /// <summary>Watts.</summary>
    public double? Power { get; init; }

    /// <summary>Generation of the PCI Express link as it runs now.</summary>
    public int? LinkGeneration { get; init; }

    /// <summary>Lanes of the link as it runs now.</summary>
    public int? LinkWidth { get; init; }

    /// <summary>The programs that hold memory of it, largest first; empty where that cannot be read.</summary>
    public ImmutableArray<DeviceProgram> Programs { get; init; } = [];

    /// <summary>How long ago it was read, where it cannot be read now; null: just now.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>What is wrong with it, for people; null: nothing.</summary>
    public string? Problem { get; init; }
}
