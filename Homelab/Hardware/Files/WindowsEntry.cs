using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Homelab.Hardware.Files;

/// <summary>Opens on Windows, and asks the handle for the real path of what was opened: what a junction or link led elsewhere is refused before anything of it is read.
/// A folder that is held cannot be renamed, nor one above it.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe partial class WindowsEntry : OpenedEntry
{
    private const string Verbatim = @"\\?\";
    private const uint ReadAttributes = 0x80, ReadData = 0x1, ShareReadWrite = 0x3, ShareDelete = 0x4, OpenExisting = 3, BackupSemantics = 0x02000000;
    private const int FileNotFound = 2, PathNotFound = 3, AccessDenied = 5, InvalidName = 123, DiskFile = 1;

    private readonly SafeFileHandle _held;
    private readonly string _path;

    private WindowsEntry(SafeFileHandle held, string path) => (_held, _path) = (held, path);

    /// <inheritdoc cref="OpenedEntry.Open"/>
    public static OpenedEntry OpenBelow(string root, IReadOnlyList<string> way)
    {
        string rootPath;
        using (var folder = Open(root, ShareReadWrite | ShareDelete))
        {
            rootPath = PathOf(folder);
        }

        // A file may be renamed while it is read, as logs are; a folder may not, because it is listed by its path.
        var last = Path.Combine([rootPath, .. way]);
        var held = Open(last, Directory.Exists(last) ? ShareReadWrite : ShareReadWrite | ShareDelete);
        try
        {
            var path = PathOf(held);
            var prefix = Path.EndsInDirectorySeparator(rootPath) ? rootPath : rootPath + '\\';
            if (!path.Equals(rootPath, StringComparison.OrdinalIgnoreCase) && !path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                throw new OpenRefusedException(OpenProblem.LeavesRoot);
            }

            var attributes = File.GetAttributes(held);
            var kind = GetFileType(held) != DiskFile ? EntryKind.Device : attributes.HasFlag(FileAttributes.Directory) ? EntryKind.Folder : EntryKind.File;
            return new WindowsEntry(held, path)
            {
                RootPath = rootPath.StartsWith(Verbatim, StringComparison.Ordinal) ? rootPath[Verbatim.Length..] : rootPath,
                Way = path.Length <= prefix.Length ? [] : path[prefix.Length..].Split('\\'),
                Facts = new EntryFacts(kind, kind == EntryKind.File ? RandomAccess.GetLength(held) : 0, File.GetLastWriteTimeUtc(held)),
            };
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What was opened is open for reading already; a handle of its own can be disposed by itself.</summary>
    public override SafeFileHandle OpenRead() => new(_held.DangerousGetHandle(), ownsHandle: false);

    public override IEnumerable<(string Name, EntryFacts? Facts)> Entries() => new DirectoryInfo(_path).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0 })
        .Select(e => (e.Name, (EntryFacts?)new EntryFacts(
            e.Attributes.HasFlag(FileAttributes.ReparsePoint) ? EntryKind.Link : e is DirectoryInfo ? EntryKind.Folder : EntryKind.File,
            e is FileInfo file ? file.Length : 0,
            e.LastWriteTimeUtc)));

    public override void Dispose() => _held.Dispose();

    private static SafeFileHandle Open(string path, uint share)
    {
        var held = CreateFile(path, ReadData | ReadAttributes, share, null, OpenExisting, BackupSemantics, 0);
        if (!held.IsInvalid)
        {
            return held;
        }

        var error = Marshal.GetLastPInvokeError();
        held.Dispose();
        throw error switch
        {
            FileNotFound or PathNotFound or InvalidName => new OpenRefusedException(OpenProblem.NotFound),
            AccessDenied => new OpenRefusedException(OpenProblem.NoPermission),
            _ => new OpenRefusedException(OpenProblem.Failed, Marshal.GetPInvokeErrorMessage(error)),
        };
    }

    private static string PathOf(SafeFileHandle held)
    {
        const int longest = 32768;
        var text = new char[longest];
        fixed (char* start = text)
        {
            var length = GetFinalPath(held, start, longest, 0);
            return length is > 0 and < longest ? new string(text, 0, (int)length) : throw new OpenRefusedException(OpenProblem.Failed, "its path cannot be told");
        }
    }

    [LibraryImport("kernel32.dll", EntryPoint = "CreateFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial SafeFileHandle CreateFile(string path, uint access, uint share, void* security, uint disposition, uint flags, nint template);

    [LibraryImport("kernel32.dll", EntryPoint = "GetFinalPathNameByHandleW", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial uint GetFinalPath(SafeFileHandle held, char* path, uint length, uint flags);

    [LibraryImport("kernel32.dll", EntryPoint = "GetFileType")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int GetFileType(SafeFileHandle held);
}
