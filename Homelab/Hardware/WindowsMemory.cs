using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Homelab.Hardware;

/// <summary>Reads memory on Windows: <c>GlobalMemoryStatusEx</c>, physical memory only.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsMemory
{
    public static unsafe HostMemory? Read()
    {
        var status = new MemoryStatus { Length = (uint)sizeof(MemoryStatus) };
        return GlobalMemoryStatusEx(&status) != 0 ? new HostMemory((long)status.TotalPhysical, (long)status.AvailablePhysical) : null;
    }

    [DllImport("kernel32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern unsafe int GlobalMemoryStatusEx(MemoryStatus* status);

    /// <summary><c>MEMORYSTATUSEX</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryStatus
    {
        public uint Length;
        public uint Load;
        public ulong TotalPhysical;
        public ulong AvailablePhysical;
        public ulong TotalPageFile;
        public ulong AvailablePageFile;
        public ulong TotalVirtual;
        public ulong AvailableVirtual;
        public ulong AvailableExtendedVirtual;
    }
}
