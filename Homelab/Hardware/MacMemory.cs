using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Homelab.Hardware;

/// <summary>Reads memory on macOS: <c>hw.memsize</c>, and from <c>host_statistics64</c> the pages that are free, inactive, speculative or purgeable,
/// which the system gives out before it swaps.</summary>
[SupportedOSPlatform("macos")]
internal static unsafe class MacMemory
{
    private const string SystemLibrary = "/usr/lib/libSystem.dylib";
    private const int VirtualMemoryInfo64 = 4;

    // vm_statistics64 in words of four bytes; the call fills as many as there are.
    private const int Words = 40;

    public static HostMemory? Read()
    {
        long total = 0;
        nuint size = sizeof(long);
        fixed (byte* name = "hw.memsize\0"u8)
        {
            if (ReadByName(name, &total, &size, null, 0) != 0)
            {
                return null;
            }
        }

        var words = stackalloc uint[Words];
        var count = Words;
        if (HostStatistics(HostSelf(), VirtualMemoryInfo64, words, &count) != 0)
        {
            return null;
        }

        // vm_statistics64: 0 free, 1 active, 2 inactive, 3 wired, then nine 64-bit counters (4..21), of which none is needed,
        // 22 purgeable, 23 speculative. "free" includes the speculative pages.
        var pages = (long)words[0] + words[2] + words[22];
        return new HostMemory(total, pages * Environment.SystemPageSize);
    }

    [DllImport(SystemLibrary, EntryPoint = "sysctlbyname")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int ReadByName(byte* name, void* value, nuint* size, void* newValue, nuint newSize);

    [DllImport(SystemLibrary, EntryPoint = "host_statistics64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int HostStatistics(uint host, int flavor, uint* words, int* count);

    [DllImport(SystemLibrary, EntryPoint = "mach_host_self")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern uint HostSelf();
}
