using System.Collections.Immutable;
using Homelab.Control;
using Homelab.Domain.Memory;
using Homelab.Engines;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon;

/// <summary>What most parts of the daemon are built from; made once by <see cref="DaemonHost"/>.</summary>
internal sealed record DaemonParts(
    DaemonSettings Settings,
    RoleClock Clock,
    IInferenceEngine Engine,
    Func<ImmutableArray<DeviceReading>> ReadDevices,
    ResidencyLoop Loop,
    ModelCatalog Catalog,
    EventFeed Events,
    HomelabMetrics Metrics,
    ILogger Log);
