using System.Collections.Immutable;
using Homelab.Domain.Memory;

namespace Homelab.Domain.Residency;

/// <summary>What one replica holds of a node.</summary>
/// <param name="Allocation">Bytes by device.</param>
/// <param name="InEngine">Whether it also takes one of the places for models that the engine has; an app takes none.</param>
internal readonly record struct Occupancy(ImmutableArray<DeviceAllocation> Allocation, bool InEngine)
{
    /// <summary>A model's.</summary>
    public static implicit operator Occupancy(ImmutableArray<DeviceAllocation> allocation) => new(allocation, true);

    /// <summary>Of a model or an app.</summary>
    public static Occupancy Of(ModelRecord record, ImmutableArray<DeviceAllocation> allocation) => new(allocation, !record.Name.IsApp);
}
