namespace Homelab.Apps.Manifests;

/// <summary>What the placeholders of a manifest stand for in one run.</summary>
/// <param name="Port">The port that the app must listen at.</param>
/// <param name="Files">The folder of its files, a whole path.</param>
/// <param name="Name">What it is called.</param>
internal sealed record AppValues(int Port, string Files, string Name);
