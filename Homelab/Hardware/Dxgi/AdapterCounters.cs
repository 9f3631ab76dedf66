using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Homelab.Hardware.Dxgi;

/// <summary>Windows' performance counters of what all processes together hold of an adapter's own memory. One thread at a time.</summary>
/// <remarks>Counter set <c>GPU Adapter Memory</c> (Windows 10 1709 and later), read by the functions of <c>pdh.h</c>.</remarks>
[SupportedOSPlatform("windows")]
internal sealed unsafe class AdapterCounters : IDisposable
{
    private const uint Large = 0x400;

    private readonly Dictionary<long, nint> _counters = [];
    private nint _query;

    /// <summary>Bytes in use; null where there is no such counter.</summary>
    /// <param name="luid">Of the adapter.</param>
    public long? Used(long luid)
    {
        if (_query == 0)
        {
            nint query;
            if (OpenQuery(null, 0, &query) != 0)
            {
                return null;
            }

            _query = query;
        }

        if (!_counters.TryGetValue(luid, out var counter))
        {
            fixed (char* path = PathOf(luid))
            {
                if (AddEnglishCounter(_query, path, 0, &counter) != 0)
                {
                    return null;
                }
            }

            _counters.Add(luid, counter);
        }

        Value value;
        return CollectQueryData(_query) == 0 && GetFormattedCounterValue(counter, Large, null, &value) == 0 && value.Status is 0 or 1 ? Math.Max(0, value.Number) : null;
    }

    public void Dispose()
    {
        if (_query != 0)
        {
            _ = CloseQuery(_query);
            _query = 0;
            _counters.Clear();
        }
    }

    /// <summary>The counter's full name, which has the two halves of the adapter's number.</summary>
    internal static string PathOf(long luid) =>
        string.Create(CultureInfo.InvariantCulture, $@"\GPU Adapter Memory(luid_0x{(uint)(luid >> 32):X8}_0x{(uint)luid:X8}_phys_0)\Dedicated Usage");

    [DllImport("pdh.dll", EntryPoint = "PdhOpenQueryW")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern uint OpenQuery(char* source, nuint data, nint* query);

    [DllImport("pdh.dll", EntryPoint = "PdhAddEnglishCounterW")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern uint AddEnglishCounter(nint query, char* path, nuint data, nint* counter);

    [DllImport("pdh.dll", EntryPoint = "PdhCollectQueryData")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern uint CollectQueryData(nint query);

    [DllImport("pdh.dll", EntryPoint = "PdhGetFormattedCounterValue")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern uint GetFormattedCounterValue(nint counter, uint format, uint* type, Value* value);

    [DllImport("pdh.dll", EntryPoint = "PdhCloseQuery")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern uint CloseQuery(nint query);

    /// <summary><c>PDH_FMT_COUNTERVALUE</c> with a number of eight bytes.</summary>
    private struct Value
    {
        public uint Status;
        public long Number;
    }
}
