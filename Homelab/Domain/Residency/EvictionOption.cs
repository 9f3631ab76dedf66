using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>One set of replicas whose eviction would make enough room; shown by <c>explain</c>.</summary>
/// <param name="Victims">Who would go. No one of them could stay.</param>
/// <param name="Frees">Bytes that they hold together.</param>
/// <param name="CostSeconds">Recent uses a second times the seconds of a reload, summed over the victims: the seconds of reloading a second that it risks.</param>
/// <param name="Chosen">Whether it is the cheapest.</param>
internal sealed record EvictionOption(ImmutableArray<ModelName> Victims, ByteSize Frees, double CostSeconds, bool Chosen);
