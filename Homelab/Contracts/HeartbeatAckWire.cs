namespace Homelab.Contracts;

/// <summary>Answer to a heartbeat.</summary>
/// <param name="Sequence">Of the heartbeat that is acknowledged; results that it carried need not be sent again.</param>
/// <param name="Epoch">Grows at every start of the hub.</param>
/// <param name="IntervalSeconds">Until the next heartbeat, and how long the hub may hold it.</param>
/// <param name="SendInventory">Whether the next heartbeat is to carry the inventory.</param>
/// <param name="Name">As the hub shows the node; differs where another has its name.</param>
/// <param name="Draining">Whether the hub sends the node nothing new because an operator said so.</param>
/// <param name="ModelsVersion">Changes when the cluster's list of models does.</param>
/// <param name="Commands">What is to be done.</param>
/// <param name="Leases">Requests that the hub sends straight to the node's engine now; models not named have none.</param>
internal sealed record HeartbeatAckWire(
    long Sequence,
    long Epoch,
    double IntervalSeconds,
    bool SendInventory,
    string Name,
    bool Draining,
    long ModelsVersion,
    IReadOnlyList<HubCommandWire>? Commands = null,
    IReadOnlyList<ModelLeasesWire>? Leases = null);
