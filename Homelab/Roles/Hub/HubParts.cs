using Homelab.Control;
using Homelab.Persistence.Cluster;
using Homelab.Roles.Hub.Keys;
using Homelab.Telemetry;

namespace Homelab.Roles.Hub;

/// <summary>What most parts of the hub are built from; made once by <see cref="HubHost"/>.</summary>
internal sealed record HubParts(
    HubSettings Settings,
    RoleClock Clock,
    IClusterStore Store,
    HubKeys Keys,
    ClusterLoop Loop,
    ClusterCatalog Catalog,
    ClusterAliases Aliases,
    NodeLinks Links,
    DispatchTable Dispatches,
    BeatDesk Beats,
    CommandDesk Commands,
    EventFeed Events,
    HomelabMetrics Metrics,
    ILogger Log);
