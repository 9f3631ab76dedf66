namespace Homelab.Hardware.Files;

/// <summary>What the file system says of an entry.</summary>
/// <param name="Kind">What it is; of a link, the link itself.</param>
/// <param name="SizeBytes">Of a file.</param>
/// <param name="ModifiedAt">When it was last written, in wall time.</param>
internal readonly record struct EntryFacts(EntryKind Kind, long SizeBytes, DateTimeOffset ModifiedAt)
{
    /// <summary>Which entry of which file system it is; both 0 where the system does not say.</summary>
    public (ulong Device, ulong Inode) Identity { get; init; }

    /// <summary>Whether no folder names it any more: it was removed after it was opened.</summary>
    public bool IsRemoved { get; init; }
}
