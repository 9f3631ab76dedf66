namespace Homelab.Engines;

/// <summary>Where an engine listens.</summary>
/// <param name="BaseAddress">Scheme, host and port.</param>
/// <param name="HostHeader">The <c>Host</c> to send.</param>
/// <param name="Invoker">Its connection pool for requests: no total time-out, no retry, no redirects, no decompression.</param>
internal sealed record EngineEndpoint(Uri BaseAddress, string HostHeader, HttpMessageInvoker Invoker);
