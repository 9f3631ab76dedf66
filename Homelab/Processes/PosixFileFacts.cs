namespace Homelab.Processes;

/// <summary>What the file system says of a file or folder. Equal facts at two times: it was not written, replaced or given to others between.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="SizeBytes">Of a file.</param>
/// <param name="Identity">Which entry of which file system; both 0 on Windows.</param>
/// <param name="Modified">When it was last written, in ticks of wall time since 1970.</param>
/// <param name="Changed">When it, its owner or its rights last changed, likewise; on Windows as <paramref name="Modified"/>.</param>
/// <param name="Owner">The user's number; 0 on Windows.</param>
/// <param name="Group">The group's number; 0 on Windows.</param>
/// <param name="Mode">Who may do what; none on Windows.</param>
internal readonly record struct PosixFileFacts(
    PosixFileKind Kind, long SizeBytes, (ulong Device, ulong Inode) Identity, long Modified, long Changed, uint Owner, uint Group, UnixFileMode Mode);
