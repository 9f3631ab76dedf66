using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Placement;

/// <summary>A load that this hub has ordered and that has not ended. Its memory is taken from the moment of the decision, so that two
/// decisions of the same second do not count on the same bytes.</summary>
/// <param name="Id">Also the id of the command.</param>
/// <param name="Node">Id of the node.</param>
/// <param name="Model">What is loaded.</param>
internal sealed record PendingLoad(string Id, string Node, ModelName Model)
{
    /// <summary>Where it is expected to lie.</summary>
    public ImmutableArray<DeviceAllocation> Allocation { get; init; } = [];

    /// <summary>Who is expected to go; the node decides by itself.</summary>
    public ImmutableArray<ModelName> Victims { get; init; } = [];

    /// <summary>When it was decided.</summary>
    public TimeSpan Since { get; init; }

    /// <summary>When it should be done.</summary>
    public TimeSpan ReadyAt { get; init; }

    /// <summary>When it is given up.</summary>
    public TimeSpan Deadline { get; init; }

    /// <summary>Requests that wait for it at the hub.</summary>
    public int Waiting { get; init; }
}
