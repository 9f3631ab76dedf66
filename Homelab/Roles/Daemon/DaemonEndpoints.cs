using Homelab.Control;
using Homelab.Roles.Daemon.Control;

namespace Homelab.Roles.Daemon;

/// <summary>The control API's endpoints, made once.</summary>
internal sealed record DaemonEndpoints(
    HealthEndpoints Health,
    StatusEndpoint Status,
    NodesEndpoint Nodes,
    ModelsEndpoint Models,
    ModelCommands Commands,
    ExplainEndpoint Explain,
    FitEndpoint Fit,
    EventsEndpoint Events,
    InfraEndpoint Infra,
    AppsEndpoint Apps,
    OpenApiEndpoint OpenApi,
    UsageEndpoint Usage);
