using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Homelab.Hardware.Files;

/// <summary>The calls of Linux and macOS by which entries are opened relative to a held folder and looked at without being opened for reading.</summary>
[UnsupportedOSPlatform("windows")]
internal static unsafe partial class UnixCalls
{
    public const int NoSuchEntry = 2, NoAccess = 13, NotPermitted = 1, CrossDevice = 18, NotAFolder = 20, LinuxTooManyLinks = 40, MacTooManyLinks = 62, LinuxTryAgain = 11, LinuxNoSuchCall = 38, LinuxNameTooLong = 36, MacNameTooLong = 63;

    private const int LinuxWorkingFolder = -100, MacWorkingFolder = -2;
    private const int LinuxNoFollowAt = 0x100, MacNoFollowAt = 0x20, LinuxEmptyPath = 0x1000;
    private const uint BasicFacts = 0x7ff;

    // The two flags of Linux that differ between processors.
    private static readonly int NoFollow = OperatingSystem.IsMacOS() ? 0x100 : RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;
    private static readonly int ReadOnly = OperatingSystem.IsMacOS() ? 0x4 | 0x20000 | 0x1000000 : 0x800 | 0x100 | 0x80000;

    public static int WorkingFolder => OperatingSystem.IsMacOS() ? MacWorkingFolder : LinuxWorkingFolder;

    /// <summary>Opens for reading without waiting for a pipe's other end and without becoming a terminal's owner.</summary>
    /// <returns>Null where it failed; <see cref="Marshal.GetLastPInvokeError"/> says why.</returns>
    public static SafeFileHandle? Open(int folder, string name, bool follow)
    {
        var opened = OpenAt(folder, name, ReadOnly | (follow ? 0 : NoFollow));
        return opened < 0 ? null : new SafeFileHandle(opened, ownsHandle: true);
    }

    /// <summary>Linux: opens without the right to read (<c>O_PATH</c>), every link held to what <paramref name="resolve"/> allows (<c>openat2</c>).</summary>
    [SupportedOSPlatform("linux")]
    public static SafeFileHandle? OpenPath(int folder, string path, ulong resolve)
    {
        var how = stackalloc ulong[3];
        how[0] = 0x200000 | 0x80000;
        how[1] = 0;
        how[2] = resolve;
        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0'))
        {
            var opened = OpenAt2(437, folder, text, how, 3 * sizeof(ulong));
            return opened < 0 ? null : new SafeFileHandle(opened, ownsHandle: true);
        }
    }

    /// <summary>Facts of an entry of a folder, of a link itself; null where it cannot be looked at.</summary>
    public static EntryFacts? FactsOf(int folder, string name) => Facts(folder, name, OperatingSystem.IsMacOS() ? MacNoFollowAt : LinuxNoFollowAt);

    /// <summary>Facts of what is held.</summary>
    public static EntryFacts? FactsOf(SafeFileHandle held) => OperatingSystem.IsMacOS() ? MacFacts(held) : Facts((int)held.DangerousGetHandle(), "", LinuxEmptyPath);

    /// <summary>Linux: the magic number of the file system.</summary>
    [SupportedOSPlatform("linux")]
    public static ulong FileSystemOf(SafeFileHandle held)
    {
        var facts = stackalloc ulong[32];
        return FileSystemFacts((int)held.DangerousGetHandle(), facts) == 0 ? facts[0] : 0;
    }

    private static EntryFacts? Facts(int folder, string name, int flags)
    {
        var buffer = stackalloc byte[256];
        if (OperatingSystem.IsMacOS())
        {
            return MacFactsAt(folder, name, buffer, flags) == 0 ? ReadMac(buffer) : null;
        }

        return ExtendedFacts(folder, name, flags, BasicFacts, buffer) == 0 ? ReadLinux(buffer) : null;
    }

    private static EntryFacts? MacFacts(SafeFileHandle held)
    {
        var buffer = stackalloc byte[256];
        return MacFactsOf((int)held.DangerousGetHandle(), buffer) == 0 ? ReadMac(buffer) : null;
    }

    /// <summary><c>struct statx</c>, the same on every processor.</summary>
    private static EntryFacts ReadLinux(byte* facts) => new(KindOf(*(ushort*)(facts + 28)), *(long*)(facts + 40), At(*(long*)(facts + 112)))
    {
        Identity = (((ulong)*(uint*)(facts + 136) << 32) | *(uint*)(facts + 140), *(ulong*)(facts + 32)),
        IsRemoved = *(uint*)(facts + 16) == 0,
    };

    /// <summary><c>struct stat</c> of macOS with 64-bit inodes.</summary>
    private static EntryFacts ReadMac(byte* facts) => new(KindOf(*(ushort*)(facts + 4)), *(long*)(facts + 96), At(*(long*)(facts + 48)))
    {
        Identity = (*(uint*)facts, *(ulong*)(facts + 8)),
        IsRemoved = *(ushort*)(facts + 6) == 0,
    };

    private static EntryKind KindOf(int mode) => (mode & 0xf000) switch
    {
        0x8000 => EntryKind.File,
        0x4000 => EntryKind.Folder,
        0xa000 => EntryKind.Link,
        0x1000 => EntryKind.Pipe,
        0xc000 => EntryKind.Socket,
        0x2000 or 0x6000 => EntryKind.Device,
        _ => EntryKind.Other,
    };

    private static DateTimeOffset At(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenAt(int folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint OpenAt2(nint call, nint folder, byte* path, ulong* how, nint size);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ExtendedFacts(int folder, string name, int flags, uint mask, byte* facts);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileSystemFacts(int held, ulong* facts);

    [LibraryImport("libc", EntryPoint = "fstatat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MacFactsAt(int folder, string name, byte* facts, int flags);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MacFactsOf(int held, byte* facts);
}
