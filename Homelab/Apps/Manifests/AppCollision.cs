namespace Homelab.Apps.Manifests;

/// <summary>A manifest that cannot be used beside another.</summary>
/// <param name="Path">The file that stands back.</param>
/// <param name="Problem">What both want, and which file has it; for users.</param>
internal sealed record AppCollision(string Path, string Problem);
