using System.Runtime.InteropServices;
using System.Text;
using Homelab.Hardware.Drm;

namespace Homelab.Hardware.RocmSmi;

/// <summary>AMD SMI, the library that follows ROCm SMI, bound by name at run time.</summary>
/// <remarks>Signatures and numbers are those of <c>amdsmi.h</c> (ROCm 6 and 7). Structures whose size changed between versions are read into room that holds the largest,
/// and only their first field.</remarks>
internal sealed unsafe class AmdSmiLibrary : IAmdManagement
{
    private const ulong Gpus = 1 << 1;
    private const int Vram = 0;
    private const int Gtt = 2;
    private const int Most = 64;
    private const int LargestStructure = 4096;

    private readonly nint _library;
    private readonly List<nint> _processors = [];

    private AmdSmiLibrary(nint library) => _library = library;

    public static IReadOnlyList<string> Names => ["libamd_smi.so", "libamd_smi.so.26", "libamd_smi.so.25", "libamd_smi.so.24", "/opt/rocm/lib/libamd_smi.so"];

    /// <summary>Loads and starts it; null where there is none, or no driver for it.</summary>
    public static AmdSmiLibrary? TryOpen(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (!NativeLibrary.TryLoad(name, out var handle))
            {
                continue;
            }

            var library = new AmdSmiLibrary(handle);
            if (library.Find("amdsmi_init", out var call) && ((delegate* unmanaged<ulong, int>)call)(Gpus) == 0)
            {
                return library;
            }

            NativeLibrary.Free(handle);
        }

        return null;
    }

    public int? Count()
    {
        _processors.Clear();
        foreach (var socket in Handles("amdsmi_get_socket_handles", null) ?? [])
        {
            _processors.AddRange(Handles("amdsmi_get_processor_handles", socket) ?? []);
        }

        return _processors.Count == 0 ? null : _processors.Count;
    }

    public string? Slot(int index)
    {
        ulong number = 0;
        return Find("amdsmi_get_gpu_bdf_id", out var call) && ((delegate* unmanaged<nint, ulong*, int>)call)(_processors[index], &number) == 0 ? BusPlace.Of(number >> 32, number) : null;
    }

    public AmdManagementReading? Read(int index)
    {
        var processor = _processors[index];
        if (Memory("amdsmi_get_gpu_memory_total", processor, Vram) is not { } total || Memory("amdsmi_get_gpu_memory_usage", processor, Vram) is not { } used)
        {
            return null;
        }

        return new AmdManagementReading(
            total,
            used,
            Memory("amdsmi_get_gpu_memory_total", processor, Gtt),
            Memory("amdsmi_get_gpu_memory_usage", processor, Gtt),
            Name(processor),
            Busy(processor),
            Temperature(processor),

            // Its structure has another order in each version: the kernel's files tell the power too.
            null);
    }

    public void Dispose()
    {
        if (Find("amdsmi_shut_down", out var call))
        {
            _ = ((delegate* unmanaged<int>)call)();
        }

        NativeLibrary.Free(_library);
    }

    /// <summary>The handles of a list, asked for with its length first: sockets, or what is in one.</summary>
    private nint[]? Handles(string function, nint? of)
    {
        if (!Find(function, out var call))
        {
            return null;
        }

        uint count = 0;
        if (Ask(call, of, &count, null) != 0 || count > Most)
        {
            return null;
        }

        var handles = new nint[Most];
        fixed (nint* first = handles)
        {
            return Ask(call, of, &count, first) == 0 && count <= Most ? handles[..(int)count] : null;
        }
    }

    private static int Ask(nint call, nint? of, uint* count, nint* handles) => of is { } socket
        ? ((delegate* unmanaged<nint, uint*, nint*, int>)call)(socket, count, handles)
        : ((delegate* unmanaged<uint*, nint*, int>)call)(count, handles);

    private long? Memory(string function, nint processor, int type)
    {
        ulong bytes = 0;
        return Find(function, out var call) && ((delegate* unmanaged<nint, int, ulong*, int>)call)(processor, type, &bytes) == 0 ? (long)Math.Min(bytes, long.MaxValue) : null;
    }

    /// <summary><c>amdsmi_asic_info_t</c> begins with the name in the market.</summary>
    private string? Name(nint processor)
    {
        var room = stackalloc byte[LargestStructure];
        new Span<byte>(room, LargestStructure).Clear();
        if (!Find("amdsmi_get_gpu_asic_info", out var call) || ((delegate* unmanaged<nint, byte*, int>)call)(processor, room) != 0)
        {
            return null;
        }

        var bytes = new ReadOnlySpan<byte>(room, 64);
        var end = bytes.IndexOf((byte)0);
        var name = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        return name.Length > 0 ? name : null;
    }

    /// <summary><c>amdsmi_engine_usage_t</c> begins with the graphics engine, in percent; all ones where it cannot be read.</summary>
    private double? Busy(nint processor)
    {
        var room = stackalloc uint[LargestStructure / sizeof(uint)];
        return Find("amdsmi_get_gpu_activity", out var call) && ((delegate* unmanaged<nint, uint*, int>)call)(processor, room) == 0 && room[0] <= 100 ? room[0] / 100.0 : null;
    }

    /// <summary>Of the chip's edge, now, in whole degrees.</summary>
    private double? Temperature(nint processor)
    {
        long value = 0;
        return Find("amdsmi_get_temp_metric", out var call) && ((delegate* unmanaged<nint, int, int, long*, int>)call)(processor, 0, 0, &value) == 0 ? value : null;
    }

    private bool Find(string name, out nint call) => NativeLibrary.TryGetExport(_library, name, out call);
}
