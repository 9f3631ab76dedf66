using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Decides what a demand for one model would lead to on this node. Pure; the reducer acts on it and <c>explain</c> shows it.</summary>
internal static class ResidencyPlanner
{
    /// <summary>The decision for <paramref name="model"/> at <paramref name="now"/> (time since the daemon's start).</summary>
    public static ResidencyDecision Decide(ResidencySnapshot snapshot, ModelName model, TimeSpan now) => new ResidencyDecision.NotInstalled();
}
