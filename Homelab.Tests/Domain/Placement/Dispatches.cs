using Homelab.Domain.Models;
using Homelab.Domain.Placement;

namespace Homelab.Tests.Domain.Placement;

/// <summary>What a hub has under way, counted by the test.</summary>
internal sealed class Dispatches : IDispatchReading
{
    private readonly Dictionary<(string Node, ModelName Model), int> _counts = [];

    public int this[string node, string model]
    {
        get => InFlight(node, Fleet.Name(model));
        set => _counts[(node, Fleet.Name(model))] = value;
    }

    public int InFlight(string nodeId, ModelName model) => _counts.GetValueOrDefault((nodeId, model));
}
