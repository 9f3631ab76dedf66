using System.Runtime.InteropServices;

namespace Homelab.Processes;

/// <summary>What the framework does not offer for files: a second name for one, and folders written through.</summary>
internal static partial class FileLinks
{
    /// <summary>Gives a file a second name; false where the file system or the user's rights do not allow it.</summary>
    public static bool TryLink(string existing, string path) => OperatingSystem.IsWindows() ? WindowsLink(path, existing, 0) : PosixLink(existing, path) == 0;

    /// <summary>Returns when the names in a folder are on the disk; does nothing where that is not to be had (Windows, some file systems).</summary>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // Read-only; that it is not inherited matters little for so short a time, and the flag differs between systems.
        var descriptor = Open(folder, 0);
        if (descriptor >= 0)
        {
            _ = Sync(descriptor);
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PosixLink(string existing, string path);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool WindowsLink(string path, string existing, nint security);
}
