namespace Homelab.Gateway.Access;

/// <summary>An endpoint's declared rule.</summary>
internal sealed record AccessMetadata(AccessRule Rule);
