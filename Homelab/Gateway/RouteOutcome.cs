using Homelab.Domain.Residency;

namespace Homelab.Gateway;

/// <summary>A router's answer: a lease, or a refusal. Exactly one is set.</summary>
internal readonly record struct RouteOutcome(ILease? Lease, Refusal? Refusal)
{
    public static RouteOutcome Of(ILease lease) => new(lease, null);

    public static RouteOutcome Of(Refusal refusal) => new(null, refusal);
}
