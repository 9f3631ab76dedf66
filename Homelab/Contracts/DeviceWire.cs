namespace Homelab.Contracts;

/// <summary>One device's memory; the three parts add up to the total.</summary>
/// <param name="Name">Unique on the node.</param>
/// <param name="Kind"><c>ram</c>, <c>cuda</c>, <c>rocm</c>, <c>metal</c> or <c>vulkan</c>.</param>
/// <param name="TotalBytes">Bytes that can be used at all.</param>
/// <param name="FreeBytes">Bytes nobody uses, the reserve included.</param>
/// <param name="UsedByModelsBytes">Bytes that the node's replicas and its loads under way hold.</param>
/// <param name="UsedByOthersBytes">Everything else.</param>
/// <param name="ReserveBytes">Of the free bytes, what is never given to a model.</param>
internal sealed record DeviceWire(string Name, string Kind, long TotalBytes, long FreeBytes, long UsedByModelsBytes, long UsedByOthersBytes, long? ReserveBytes = null)
{
    /// <summary>What its maker calls it; absent, as all below, where it cannot be read.</summary>
    public string? Product { get; init; }

    /// <summary>The driver's id of it.</summary>
    public string? Uuid { get; init; }

    /// <summary>Part of the time that it computed lately, 0 to 1.</summary>
    public double? Utilization { get; init; }

    public double? TemperatureCelsius { get; init; }

    public double? PowerWatts { get; init; }

    /// <summary>Generation of its PCI Express link as it runs now.</summary>
    public int? PcieGeneration { get; init; }

    /// <summary>Lanes of that link.</summary>
    public int? PcieWidth { get; init; }

    /// <summary>The programs that hold memory of it, largest first; absent where that cannot be read, or is not the caller's to know.</summary>
    public IReadOnlyList<DeviceProgramWire>? Programs { get; init; }

    /// <summary>How long ago all this was read, where it cannot be read now; absent: just now.</summary>
    public double? StaleSeconds { get; init; }

    /// <summary>What is wrong with it; absent: nothing.</summary>
    public string? Problem { get; init; }
}
