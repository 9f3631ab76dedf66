using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>A replica that may be evicted now, with what its eviction frees and costs.</summary>
/// <param name="Model">Whose replica.</param>
/// <param name="Held">What it frees, by device.</param>
/// <param name="CostSeconds">Recent uses a second times the seconds of its reload.</param>
/// <param name="LastUsed">For ties: the one unused for longest goes first.</param>
/// <param name="Busy">Whether it is leased or waited for, so that it can go only after it has yielded.</param>
internal sealed record EvictionCandidate(ModelName Model, ImmutableArray<DeviceAllocation> Held, double CostSeconds, TimeSpan LastUsed, bool Busy);
