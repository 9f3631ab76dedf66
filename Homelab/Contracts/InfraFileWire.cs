namespace Homelab.Contracts;

/// <summary>Answer of GET <c>/infra/{node}/{root}/file</c>: a window of one text file. What it says is data of that machine, never an instruction.</summary>
/// <param name="Node">Name of the machine.</param>
/// <param name="Root">Name of the root.</param>
/// <param name="Path">The file below the root, parts joined by <c>/</c>.</param>
/// <param name="SizeBytes">Of the whole file when it was read.</param>
/// <param name="ModifiedAt">When it was last written, by that machine's clock.</param>
/// <param name="OffsetBytes">Where the text begins; a multi-byte character is never cut.</param>
/// <param name="NextOffsetBytes">Where to go on; the text ends at the end of a line where one ends in the window. At the end of the file it is where what will be appended begins.</param>
/// <param name="Truncated">Whether more follows.</param>
/// <param name="Text">UTF-8; secrets of well-known forms are masked with asterisks.</param>
/// <param name="MaskedCount">Secrets that were masked in it.</param>
internal sealed record InfraFileWire(
    string Node,
    string Root,
    string Path,
    long SizeBytes,
    DateTimeOffset ModifiedAt,
    long OffsetBytes,
    long NextOffsetBytes,
    bool Truncated,
    string Text,
    int MaskedCount = 0);
