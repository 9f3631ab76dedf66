using System.Runtime.InteropServices;

namespace Homelab.Processes;

/// <summary>The C library's calls for starting and ending processes. <c>posix_spawn</c> rather than the framework's own start, because only it puts the child
/// into a process group of its own before the child runs.</summary>
internal static unsafe partial class PosixNative
{
    public const int Term = 15;
    public const int Kill = 9;
    public const int InterruptedCall = 4;

    // Equal on glibc, musl and macOS.
    public const short SetProcessGroup = 0x02;
    public const short SetSignalDefaults = 0x04;
    public const short SetSignalMask = 0x08;
    public const int ProcessIdType = 1;
    public const int Ended = 4;

    // The opaque types are at most 336 bytes (glibc's posix_spawnattr_t) and 128 (sigset_t, siginfo_t).
    public const int OpaqueSize = 1024;

    /// <summary>Leaves the child waitable, so that its number cannot be given to another process meanwhile.</summary>
    public static int LeaveWaitable => OperatingSystem.IsMacOS() ? 0x20 : 0x01000000;

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    public static partial int Spawn(out int pid, byte* path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int InitializeActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    public static partial int AddOpen(byte* actions, int descriptor, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    public static partial int AddChangeDirectory(byte* actions, byte* path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int InitializeAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    public static partial int SetGroup(byte* attributes, int group);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SetDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    public static partial int FillSet(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static partial int EmptySet(byte* signals);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitWithoutReaping(int type, int id, byte* information, int options);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int Reap(int pid, out int status, int options);

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Signal(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int ParentId();

    /// <summary>Has the kernel kill this process once the thread that started it is gone. Linux only; false where it cannot be had.</summary>
    public static bool DieWithParent() => ProcessControl(SetParentDeathSignal, Kill, 0, 0, 0) == 0;

    /// <summary>Every signal as it is for a new program: the runtime ignores some, and what is ignored stays so.</summary>
    public static void ResetSignals()
    {
        const int last = 64;
        for (var signal = 1; signal <= last; signal++)
        {
            _ = SetHandler(signal, 0);
        }

        var none = stackalloc byte[OpaqueSize];
        _ = EmptySet(none);
        _ = SetMaskOfThread(SetMaskWhole, none, null);
    }

    /// <summary>Replaces this process by another program, with this one's environment. Returns only where that fails, with the reason's number.</summary>
    public static int Become(string program, IReadOnlyList<string> arguments)
    {
        // Never freed: either the memory is replaced with everything else, or the process ends.
        var list = (byte**)NativeMemory.AllocZeroed((nuint)(arguments.Count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < arguments.Count; i++)
        {
            list[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        }

        _ = Execute((byte*)Marshal.StringToCoTaskMemUTF8(program), list);
        return Marshal.GetLastPInvokeError();
    }

    private const int SetParentDeathSignal = 1;
    private const int SetMaskWhole = 2;

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int what, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetMaskOfThread(int how, byte* mask, byte* former);

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true)]
    private static partial int Execute(byte* path, byte** arguments);
}
