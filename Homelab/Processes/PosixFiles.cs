using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Homelab.Processes;

/// <summary>The calls of Linux and macOS that say who owns a file and open one without waiting: the framework knows no owner, and its open of a
/// pipe waits for the other end for ever.</summary>
[UnsupportedOSPlatform("windows")]
internal static unsafe partial class PosixFiles
{
    public const int NoSuchEntry = 2, NoAccess = 13, NotAFolder = 20, LinuxTooManyLinks = 40, MacTooManyLinks = 62;

    private const int LinuxWorkingFolder = -100, LinuxEmptyPath = 0x1000;
    private const uint BasicFacts = 0x7ff;

    // Not waiting, close on exec, no terminal's owner; read-only is 0.
    private static readonly int ReadOnly = OperatingSystem.IsMacOS() ? 0x4 | 0x20000 | 0x1000000 : 0x800 | 0x100 | 0x80000;

    /// <summary>The user whose rights this process has.</summary>
    public static uint User => EffectiveUser();

    /// <summary>Facts of what a path leads to, links followed; null where it cannot be looked at, and then <paramref name="error"/> is the system's number of why.</summary>
    public static PosixFileFacts? Facts(string path, out int error)
    {
        var buffer = stackalloc byte[256];
        var failed = OperatingSystem.IsMacOS() ? MacFacts(path, buffer) : LinuxFacts(LinuxWorkingFolder, path, 0, BasicFacts, buffer);
        return Read(failed, buffer, out error);
    }

    /// <summary>Facts of what is held.</summary>
    public static PosixFileFacts? Facts(SafeFileHandle held, out int error)
    {
        var buffer = stackalloc byte[256];
        var descriptor = (int)held.DangerousGetHandle();
        var failed = OperatingSystem.IsMacOS() ? MacFactsOf(descriptor, buffer) : LinuxFacts(descriptor, "", LinuxEmptyPath, BasicFacts, buffer);
        return Read(failed, buffer, out error);
    }

    /// <summary>Opens for reading, links followed, without waiting for a pipe's other end; the caller disposes. Null where it failed.</summary>
    public static SafeFileHandle? OpenRead(string path, out int error)
    {
        var opened = Open(path, ReadOnly);
        error = opened < 0 ? Marshal.GetLastPInvokeError() : 0;
        return opened < 0 ? null : new SafeFileHandle(opened, ownsHandle: true);
    }

    private static PosixFileFacts? Read(int failed, byte* facts, out int error)
    {
        error = failed == 0 ? 0 : Marshal.GetLastPInvokeError();
        return failed != 0 ? null : OperatingSystem.IsMacOS() ? ReadMac(facts) : ReadLinux(facts);
    }

    /// <summary><c>struct statx</c>, the same on every processor.</summary>
    private static PosixFileFacts ReadLinux(byte* facts) => new(
        KindOf(*(ushort*)(facts + 28)),
        *(long*)(facts + 40),
        (((ulong)*(uint*)(facts + 136) << 32) | *(uint*)(facts + 140), *(ulong*)(facts + 32)),
        Ticks(*(long*)(facts + 112), *(uint*)(facts + 120)),
        Ticks(*(long*)(facts + 96), *(uint*)(facts + 104)),
        *(uint*)(facts + 20),
        *(uint*)(facts + 24),
        (UnixFileMode)(*(ushort*)(facts + 28) & 0xfff));

    /// <summary><c>struct stat</c> of macOS with 64-bit inodes.</summary>
    private static PosixFileFacts ReadMac(byte* facts) => new(
        KindOf(*(ushort*)(facts + 4)),
        *(long*)(facts + 96),
        (*(uint*)facts, *(ulong*)(facts + 8)),
        Ticks(*(long*)(facts + 48), *(long*)(facts + 56)),
        Ticks(*(long*)(facts + 64), *(long*)(facts + 72)),
        *(uint*)(facts + 16),
        *(uint*)(facts + 20),
        (UnixFileMode)(*(ushort*)(facts + 4) & 0xfff));

    private static long Ticks(long seconds, long nanoseconds) => unchecked((seconds * TimeSpan.TicksPerSecond) + (nanoseconds / 100));

    private static PosixFileKind KindOf(int mode) => (mode & 0xf000) switch
    {
        0x8000 => PosixFileKind.File,
        0x4000 => PosixFileKind.Folder,
        _ => PosixFileKind.Other,
    };

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int LinuxFacts(int folder, string path, int flags, uint mask, byte* facts);

    [LibraryImport("libc", EntryPoint = "stat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MacFacts(string path, byte* facts);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MacFactsOf(int held, byte* facts);
}
