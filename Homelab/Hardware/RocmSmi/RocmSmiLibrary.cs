using System.Runtime.InteropServices;
using System.Text;
using Homelab.Hardware.Drm;

namespace Homelab.Hardware.RocmSmi;

/// <summary>ROCm's management library, bound by name at run time.</summary>
/// <remarks>Signatures and numbers are those of <c>rocm_smi.h</c> (ROCm 3 to 7).</remarks>
internal sealed unsafe class RocmSmiLibrary : IAmdManagement
{
    private const int Vram = 0;
    private const int Gtt = 2;
    private const int LongestName = 128;

    private readonly nint _library;

    private RocmSmiLibrary(nint library) => _library = library;

    /// <summary>The names under which ROCm installs it: the last that is known first, and where its folder is not one that the loader searches.</summary>
    public static IReadOnlyList<string> Names => ["librocm_smi64.so.1", "librocm_smi64.so.7", "librocm_smi64.so.6", "librocm_smi64.so.5", "librocm_smi64.so", "/opt/rocm/lib/librocm_smi64.so"];

    /// <summary>Loads and starts it; null where there is none, or no driver for it.</summary>
    public static RocmSmiLibrary? TryOpen(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (!NativeLibrary.TryLoad(name, out var handle))
            {
                continue;
            }

            var library = new RocmSmiLibrary(handle);
            if (library.Find("rsmi_init", out var call) && ((delegate* unmanaged<ulong, int>)call)(0) == 0)
            {
                return library;
            }

            NativeLibrary.Free(handle);
        }

        return null;
    }

    public int? Count()
    {
        uint count = 0;
        return Find("rsmi_num_monitor_devices", out var call) && ((delegate* unmanaged<uint*, int>)call)(&count) == 0 ? (int)Math.Min(count, 64) : null;
    }

    public string? Slot(int index)
    {
        ulong number = 0;
        return Find("rsmi_dev_pci_id_get", out var call) && ((delegate* unmanaged<uint, ulong*, int>)call)((uint)index, &number) == 0 ? BusPlace.Of(number >> 32, number) : null;
    }

    public AmdManagementReading? Read(int index)
    {
        var device = (uint)index;
        if (Memory("rsmi_dev_memory_total_get", device, Vram) is not { } total || Memory("rsmi_dev_memory_usage_get", device, Vram) is not { } used)
        {
            return null;
        }

        return new AmdManagementReading(
            total,
            used,
            Memory("rsmi_dev_memory_total_get", device, Gtt),
            Memory("rsmi_dev_memory_usage_get", device, Gtt),
            Name(device),
            Busy(device),
            Temperature(device),
            Power(device));
    }

    public void Dispose()
    {
        if (Find("rsmi_shut_down", out var call))
        {
            _ = ((delegate* unmanaged<int>)call)();
        }

        NativeLibrary.Free(_library);
    }

    private long? Memory(string function, uint device, int type)
    {
        ulong bytes = 0;
        return Find(function, out var call) && ((delegate* unmanaged<uint, int, ulong*, int>)call)(device, type, &bytes) == 0 ? (long)Math.Min(bytes, long.MaxValue) : null;
    }

    private string? Name(uint device)
    {
        var buffer = stackalloc byte[LongestName];
        buffer[0] = 0;
        if (!Find("rsmi_dev_name_get", out var call) || ((delegate* unmanaged<uint, byte*, nuint, int>)call)(device, buffer, LongestName) != 0)
        {
            return null;
        }

        var bytes = new ReadOnlySpan<byte>(buffer, LongestName);
        var end = bytes.IndexOf((byte)0);
        var name = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        return name.Length > 0 ? name : null;
    }

    private double? Busy(uint device)
    {
        uint percent = 0;
        return Find("rsmi_dev_busy_percent_get", out var call) && ((delegate* unmanaged<uint, uint*, int>)call)(device, &percent) == 0 ? Math.Min(percent, 100) / 100.0 : null;
    }

    /// <summary>Of the chip's edge, now; the library writes thousandths.</summary>
    private double? Temperature(uint device)
    {
        long value = 0;
        return Find("rsmi_dev_temp_metric_get", out var call) && ((delegate* unmanaged<uint, uint, int, long*, int>)call)(device, 0, 0, &value) == 0 ? value / 1000.0 : null;
    }

    /// <summary>The library writes millionths of a watt.</summary>
    private double? Power(uint device)
    {
        ulong value = 0;
        return Find("rsmi_dev_power_ave_get", out var call) && ((delegate* unmanaged<uint, uint, ulong*, int>)call)(device, 0, &value) == 0 ? value / 1e6 : null;
    }

    private bool Find(string name, out nint call) => NativeLibrary.TryGetExport(_library, name, out call);
}
