namespace Homelab.Gateway;

/// <summary>Where a routed request goes. One instance an engine, shared by all requests.</summary>
/// <param name="BaseAddress">Scheme, host and port; the request's own path is appended.</param>
/// <param name="HostHeader">The <c>Host</c> that the upstream insists on, e.g. <c>127.0.0.1:11434</c>.</param>
/// <param name="Invoker">The connection pool. Has no total time-out and never retries. Closes the connection of an answer given up
/// early instead of draining it, so that the generation stops at once.</param>
/// <param name="IsEngine">True for an engine itself: fields that would make it reload are removed and the service key is not passed on.</param>
/// <param name="Engine">The engine's name for headers and metrics, e.g. <c>ollama</c> or <c>simulated</c>.</param>
/// <param name="Node">The node's name.</param>
internal sealed record Upstream(Uri BaseAddress, string HostHeader, HttpMessageInvoker Invoker, bool IsEngine, string Engine, string Node);
