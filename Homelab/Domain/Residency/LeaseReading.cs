using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>What the lease counter of one replica showed just before an event was applied. The count may have grown since
/// (requests take leases without asking the scheduler), so nothing is evicted on its word: the gate has the last one.</summary>
/// <param name="Model">Whose replica.</param>
/// <param name="Leases">Leases held.</param>
/// <param name="Served">Leases granted so far; only its growth counts, so that it may go on over several replicas of the model.</param>
/// <param name="LastUsed">When a lease was last taken or returned, in time since the daemon's start.</param>
internal sealed record LeaseReading(ModelName Model, int Leases, long Served, TimeSpan LastUsed);
