namespace Homelab.Processes;

/// <summary>What an entry of a folder is, its links followed.</summary>
internal enum PosixFileKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A pipe, a socket, a device.</summary>
    Other,
}
