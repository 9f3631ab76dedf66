using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>One eviction, kept for a while to recognise two models that chase each other off the node.</summary>
/// <param name="Victim">Who went.</param>
/// <param name="For">Who needed the room.</param>
/// <param name="At">When, in time since the daemon's start.</param>
internal sealed record EvictionRecord(ModelName Victim, ModelName For, TimeSpan At);
