using Homelab.Domain.Models;

namespace Homelab.Roles.Daemon;

/// <summary>One model that a name leads to.</summary>
/// <param name="Local">What serves it; several names share one where the engine loads one copy for them.</param>
/// <param name="Name">The very model that is meant: its texts and parameters are its own, and only this one is deleted by its name.</param>
internal readonly record struct RouteTarget(LocalModel Local, ModelName Name);
