using Homelab.Gateway.Transport;

namespace Homelab.Gateway;

/// <summary>Where a routed request goes. One instance an engine, shared by all requests.</summary>
/// <param name="HostHeader">The <c>Host</c> that the upstream insists on, e.g. <c>127.0.0.1:11434</c>.</param>
/// <param name="Pool">Its connections. Nothing in them limits a generation or sends one again.</param>
/// <param name="IsEngine">True for an engine itself: fields that would make it reload are removed and the service key is not passed on.</param>
/// <param name="Engine">The engine's name for headers and metrics, e.g. <c>ollama</c> or <c>simulated</c>.</param>
/// <param name="Node">The node's name.</param>
internal sealed record Upstream(string HostHeader, UpstreamPool Pool, bool IsEngine, string Engine, string Node);
