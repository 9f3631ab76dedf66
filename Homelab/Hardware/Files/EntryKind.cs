namespace Homelab.Hardware.Files;

/// <summary>What an entry of a folder is.</summary>
internal enum EntryKind
{
    File,
    Folder,

    /// <summary>A symbolic link, or on Windows any reparse point.</summary>
    Link,

    Pipe,
    Socket,
    Device,
    Other,
}
