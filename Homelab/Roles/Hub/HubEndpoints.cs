using Homelab.Control;
using Homelab.Roles.Hub.Control;

namespace Homelab.Roles.Hub;

/// <summary>The control API's endpoints, made once.</summary>
internal sealed record HubEndpoints(
    HealthEndpoints Health,
    StatusEndpoint Status,
    NodesEndpoint Nodes,
    HeartbeatEndpoint Heartbeat,
    JoinEndpoint Join,
    ModelsEndpoint Models,
    ModelCommands Commands,
    AppsEndpoint Apps,
    AliasesEndpoint Aliases,
    ExplainEndpoint Explain,
    KeysEndpoint Keys,
    EventsEndpoint Events,
    FitEndpoint Fit,
    InfraEndpoint Infra,
    OpenApiEndpoint OpenApi,
    UsageEndpoint Usage);
