namespace Homelab.Engines;

/// <summary>Where an engine listens.</summary>
/// <param name="BaseAddress">Scheme, host and port.</param>
/// <param name="HostHeader">The <c>Host</c> to send.</param>
internal sealed record EngineEndpoint(Uri BaseAddress, string HostHeader);
