namespace Homelab.Control;

/// <summary>The content of a <see cref="RunningFile"/>.</summary>
/// <param name="Pid">The role's process.</param>
/// <param name="Urls">Base URLs that it listens at.</param>
/// <param name="Version">Of the executable.</param>
internal sealed record RunningDocument(int Pid, IReadOnlyList<string> Urls, string Version);
