namespace Homelab.Contracts;

/// <summary>A folder of a machine that may be read, under the name that its own configuration gave it.</summary>
/// <param name="Name">What it is called in paths.</param>
/// <param name="Path">Where it is on that machine.</param>
/// <param name="Include">Patterns of the files below it that may be read; none: no file.</param>
internal sealed record InfraRootWire(string Name, string Path, IReadOnlyList<string> Include);
