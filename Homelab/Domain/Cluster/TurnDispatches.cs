using Homelab.Domain.Models;
using Homelab.Domain.Placement;

namespace Homelab.Domain.Cluster;

/// <summary>The shell's readings and the requests that this turn has sent on its way beside them: many waiters answered at once must see each other.</summary>
internal sealed class TurnDispatches(IDispatchReading reading) : IDispatchReading
{
    private readonly Dictionary<(string Node, ModelName Model), int> _sent = [];

    public int InFlight(string nodeId, ModelName model) =>
        reading.InFlight(nodeId, model) + (_sent.Count == 0 ? 0 : _sent.GetValueOrDefault((nodeId, model)));

    public void Add(string nodeId, ModelName model) => _sent[(nodeId, model)] = _sent.GetValueOrDefault((nodeId, model)) + 1;
}
