using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Domain.Cluster;

/// <summary>An order to a node that has not ended. Sent with every acknowledgement until the node says that it has it; idempotent by id.</summary>
/// <param name="Id">Unique for ever.</param>
/// <param name="Node">Id of the node.</param>
/// <param name="Kind">What is wanted.</param>
/// <param name="Model">Of which model; null where it is about none.</param>
/// <param name="Deadline">Not begun after this; in the hub's time.</param>
internal sealed record ClusterCommand(string Id, string Node, CommandKind Kind, ModelName? Model, TimeSpan Deadline)
{
    /// <summary>For a cancellation: of which command.</summary>
    public string? Target { get; init; }

    /// <summary>Ordered by the hub itself for requests that wait: nobody is told how it ends.</summary>
    public bool Internal { get; init; }

    /// <summary>The last status that the node gave; null: it has not said that it has the command.</summary>
    public CommandStatus? Status { get; init; }
}
