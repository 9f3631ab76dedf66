using Homelab.Domain.Models;

namespace Homelab.Domain.Placement;

/// <summary>A hub that has nothing under way.</summary>
internal sealed class NoDispatches : IDispatchReading
{
    public static readonly NoDispatches Instance = new();

    public int InFlight(string nodeId, ModelName model) => 0;
}
