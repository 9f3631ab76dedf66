namespace Homelab.Cli.Output;

/// <summary>A column of a <see cref="Grid"/>.</summary>
/// <param name="Title">In capitals.</param>
/// <param name="Right">Whether it is aligned to the right: numbers.</param>
/// <param name="Optional">Whether it is left out where every cell is empty.</param>
internal sealed record Column(string Title, bool Right = false, bool Optional = false);
