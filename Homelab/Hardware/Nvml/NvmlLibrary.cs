using System.Runtime.InteropServices;
using System.Text;

namespace Homelab.Hardware.Nvml;

/// <summary>NVIDIA's management library, bound by name at run time: a machine without it, or with an old one, loses the facts that it cannot tell and nothing
/// else. Calls may take long or never return; <see cref="GuardedProbe"/> keeps that from everybody else. One thread at a time.</summary>
/// <remarks>Signatures and structures are those of <c>nvml.h</c> (NVML API reference, driver 440 and later).</remarks>
internal sealed unsafe class NvmlLibrary : IDisposable
{
    private const int LongestText = 128;

    // sizeof(nvmlMemory_v2_t) | 2 << 24, as NVML_STRUCT_VERSION makes it.
    private const uint MemoryVersion2 = 40 | (2 << 24);

    private readonly nint _library;

    private NvmlLibrary(nint library) => _library = library;

    /// <summary>The names under which drivers install it, best first.</summary>
    public static IReadOnlyList<string> Names => OperatingSystem.IsWindows()
        ? ["nvml.dll", Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "NVIDIA Corporation", "NVSMI", "nvml.dll")]
        : ["libnvidia-ml.so.1", "libnvidia-ml.so"];

    /// <summary>Loads it, without calling it; null where there is none.</summary>
    /// <param name="path">A file to load instead of those that drivers install.</param>
    public static NvmlLibrary? TryOpen(string? path = null)
    {
        foreach (var name in path is null ? Names : [path])
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new NvmlLibrary(library);
            }
        }

        return null;
    }

    public NvmlResult Initialize() => Find("nvmlInit_v2", out var call) ? (NvmlResult)((delegate* unmanaged<int>)call)() : NvmlResult.Missing;

    public NvmlResult Shutdown() => Find("nvmlShutdown", out var call) ? (NvmlResult)((delegate* unmanaged<int>)call)() : NvmlResult.Missing;

    public NvmlResult Count(out uint count)
    {
        uint value = 0;
        var result = Find("nvmlDeviceGetCount_v2", out var call) ? (NvmlResult)((delegate* unmanaged<uint*, int>)call)(&value) : NvmlResult.Missing;
        count = value;
        return result;
    }

    public NvmlResult Device(uint index, out nint device)
    {
        nint value = 0;
        var result = Find("nvmlDeviceGetHandleByIndex_v2", out var call) ? (NvmlResult)((delegate* unmanaged<uint, nint*, int>)call)(index, &value) : NvmlResult.Missing;
        device = value;
        return result;
    }

    /// <summary>One part of a device that is split up (MIG).</summary>
    public NvmlResult Part(nint device, uint index, out nint part)
    {
        nint value = 0;
        var result = Find("nvmlDeviceGetMigDeviceHandleByIndex", out var call) ? (NvmlResult)((delegate* unmanaged<nint, uint, nint*, int>)call)(device, index, &value) : NvmlResult.Missing;
        part = value;
        return result;
    }

    /// <summary>How many parts the device can have; 0 where it is not split up.</summary>
    public uint Parts(nint device)
    {
        uint current = 0;
        uint pending = 0;
        if (!Find("nvmlDeviceGetMigMode", out var call) || ((delegate* unmanaged<nint, uint*, uint*, int>)call)(device, &current, &pending) != 0 || current == 0)
        {
            return 0;
        }

        return Number("nvmlDeviceGetMaxMigDeviceCount", device) ?? 0;
    }

    public string? Uuid(nint device) => Text("nvmlDeviceGetUUID", device);

    public string? Name(nint device) => Text("nvmlDeviceGetName", device);

    /// <summary>Bytes that programs can have in all, and that are free now. What the driver keeps for itself is in neither.</summary>
    public NvmlResult Memory(nint device, out ulong total, out ulong free)
    {
        (total, free) = (0, 0);
        if (Find("nvmlDeviceGetMemoryInfo_v2", out var newer))
        {
            var memory = new Memory2 { Version = MemoryVersion2 };
            var result = (NvmlResult)((delegate* unmanaged<nint, Memory2*, int>)newer)(device, &memory);
            if (result == NvmlResult.Success)
            {
                (total, free) = (memory.Total - Math.Min(memory.Reserved, memory.Total), memory.Free);
                return result;
            }

            // A library that is newer than its driver has the function and cannot serve it.
            if (result is NvmlResult.GpuIsLost or NvmlResult.Uninitialized or NvmlResult.DriverNotLoaded)
            {
                return result;
            }
        }

        if (!Find("nvmlDeviceGetMemoryInfo", out var older))
        {
            return NvmlResult.Missing;
        }

        var plain = default(Memory1);
        var answer = (NvmlResult)((delegate* unmanaged<nint, Memory1*, int>)older)(device, &plain);
        (total, free) = (plain.Total, plain.Free);
        return answer;
    }

    /// <summary>0 to 1; null where it cannot be read.</summary>
    public double? Utilisation(nint device)
    {
        var rates = default(Rates);
        return Find("nvmlDeviceGetUtilizationRates", out var call) && ((delegate* unmanaged<nint, Rates*, int>)call)(device, &rates) == 0 ? Math.Min(1, rates.Gpu / 100.0) : null;
    }

    /// <summary>Degrees Celsius of the chip.</summary>
    public double? Temperature(nint device)
    {
        uint degrees = 0;
        return Find("nvmlDeviceGetTemperature", out var call) && ((delegate* unmanaged<nint, int, uint*, int>)call)(device, 0, &degrees) == 0 ? degrees : null;
    }

    /// <summary>Watts.</summary>
    public double? Power(nint device) => Number("nvmlDeviceGetPowerUsage", device) is { } milliwatts ? milliwatts / 1000.0 : null;

    public int? LinkGeneration(nint device) => (int?)Number("nvmlDeviceGetCurrPcieLinkGeneration", device);

    public int? LinkWidth(nint device) => (int?)Number("nvmlDeviceGetCurrPcieLinkWidth", device);

    /// <summary>Cores times their highest clock in MHz; null where it cannot be read (drivers before 510).</summary>
    public long? Speed(nint device)
    {
        const int MultiprocessorClock = 1;
        uint clock = 0;
        return Number("nvmlDeviceGetNumGpuCores", device) is { } cores
            && Find("nvmlDeviceGetMaxClockInfo", out var call) && ((delegate* unmanaged<nint, int, uint*, int>)call)(device, MultiprocessorClock, &clock) == 0
                ? (long)cores * clock
                : null;
    }

    /// <summary>NVML's own words for a result.</summary>
    public string Words(NvmlResult result)
    {
        var text = result != NvmlResult.Missing && Find("nvmlErrorString", out var call) ? Marshal.PtrToStringUTF8(((delegate* unmanaged<int, nint>)call)((int)result)) : null;
        return text is { Length: > 0 } ? text : result == NvmlResult.Missing ? "the driver's library is too old" : $"NVML answers {(int)result}";
    }

    /// <summary>Unloads it. Whoever uses it must have shut it down.</summary>
    public void Dispose() => NativeLibrary.Free(_library);

    /// <summary>A function of it; false where it lacks that.</summary>
    internal bool Find(string name, out nint call) => NativeLibrary.TryGetExport(_library, name, out call);

    private uint? Number(string name, nint device)
    {
        uint value = 0;
        return Find(name, out var call) && ((delegate* unmanaged<nint, uint*, int>)call)(device, &value) == 0 ? value : null;
    }

    private string? Text(string name, nint device)
    {
        var buffer = stackalloc byte[LongestText];
        buffer[0] = 0;
        if (!Find(name, out var call) || ((delegate* unmanaged<nint, byte*, uint, int>)call)(device, buffer, LongestText) != 0)
        {
            return null;
        }

        var bytes = new ReadOnlySpan<byte>(buffer, LongestText);
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary><c>nvmlMemory_t</c>.</summary>
    private struct Memory1
    {
        public ulong Total;
        public ulong Free;
        public ulong Used;
    }

    /// <summary><c>nvmlMemory_v2_t</c>.</summary>
    private struct Memory2
    {
        public uint Version;
        public ulong Total;
        public ulong Reserved;
        public ulong Free;
        public ulong Used;
    }

    /// <summary><c>nvmlUtilization_t</c>, in percent.</summary>
    private struct Rates
    {
        public uint Gpu;
        public uint Memory;
    }
}
