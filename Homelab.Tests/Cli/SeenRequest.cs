namespace Homelab.Tests.Cli;

/// <summary>A request that a fake server was sent.</summary>
internal sealed record SeenRequest(string Method, string Path, string Authorization, string LastEventId, string Body);
