using Homelab.Domain.Models;

namespace Homelab.Domain.Placement;

/// <summary>The requests that this hub has at replicas at this moment. Exact and changing, so it is read beside the snapshot: heartbeats are
/// seconds old, and without it all requests of those seconds would go to one node.</summary>
internal interface IDispatchReading
{
    /// <summary>Requests of this hub that were sent to the model on the node and have not ended.</summary>
    int InFlight(string nodeId, ModelName model);
}
