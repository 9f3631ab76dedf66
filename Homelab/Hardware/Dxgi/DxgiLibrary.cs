using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Homelab.Hardware.Dxgi;

/// <summary>Windows' list of graphics adapters (DXGI), by the function tables of its COM objects.</summary>
/// <remarks>Order of functions and layout of structures by <c>dxgi.h</c> and <c>dxgi1_4.h</c>.</remarks>
[SupportedOSPlatform("windows")]
internal static unsafe class DxgiLibrary
{
    private const int Most = 64;
    private const uint Software = 2;

    // Places in the tables: IUnknown has 3 functions, IDXGIObject 4 more, then each interface its own.
    private const int QueryInterface = 0;
    private const int Release = 2;
    private const int GetDescription1 = 10;
    private const int EnumerateAdapters1 = 12;
    private const int QueryVideoMemory = 14;

    private static readonly Guid Factory1 = new("770aae78-f26f-4dba-a829-253c83d1b387");
    private static readonly Guid Adapter3 = new("645967a4-1392-4310-a798-8053ce3e93fd");

    /// <summary>All adapters in the system's order; none where it cannot be asked.</summary>
    public static IReadOnlyList<DxgiReading> Read()
    {
        var factoryId = Factory1;
        void** factory;
        if (CreateFactory1(&factoryId, &factory) < 0)
        {
            return [];
        }

        var adapters = new List<DxgiReading>();
        try
        {
            for (var index = 0U; index < Most; index++)
            {
                void** adapter;
                if (((delegate* unmanaged[Stdcall]<void*, uint, void***, int>)Function(factory, EnumerateAdapters1))(factory, index, &adapter) < 0)
                {
                    break;
                }

                if (Describe(adapter) is { } reading)
                {
                    adapters.Add(reading);
                }

                Free(adapter);
            }
        }
        finally
        {
            Free(factory);
        }

        return adapters;
    }

    private static DxgiReading? Describe(void** adapter)
    {
        Description description;
        return ((delegate* unmanaged[Stdcall]<void*, Description*, int>)Function(adapter, GetDescription1))(adapter, &description) < 0 ? null : new DxgiReading(
            new string(description.Text),
            description.VendorId,
            description.Luid,
            (long)Math.Min((ulong)description.DedicatedVideoMemory, long.MaxValue),
            (description.Flags & Software) != 0,
            Budget(adapter));
    }

    private static long? Budget(void** adapter)
    {
        var id = Adapter3;
        void** third;
        if (((delegate* unmanaged[Stdcall]<void*, Guid*, void***, int>)Function(adapter, QueryInterface))(adapter, &id, &third) < 0)
        {
            return null;
        }

        // Of the first GPU of the adapter, its own memory and not what it may have of the machine's.
        MemoryInfo info;
        var result = ((delegate* unmanaged[Stdcall]<void*, uint, int, MemoryInfo*, int>)Function(third, QueryVideoMemory))(third, 0, 0, &info);
        Free(third);
        return result < 0 ? null : (long)Math.Min(info.Budget, long.MaxValue);
    }

    private static void* Function(void** instance, int place) => ((void**)*instance)[place];

    private static void Free(void** instance) => ((delegate* unmanaged[Stdcall]<void*, uint>)Function(instance, Release))(instance);

    [DllImport("dxgi.dll", EntryPoint = "CreateDXGIFactory1")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int CreateFactory1(Guid* id, void*** factory);

    /// <summary><c>DXGI_ADAPTER_DESC1</c>.</summary>
    private struct Description
    {
        public fixed char Text[128];
        public uint VendorId;
        public uint DeviceId;
        public uint SubSystemId;
        public uint Revision;
        public nuint DedicatedVideoMemory;
        public nuint DedicatedSystemMemory;
        public nuint SharedSystemMemory;
        public long Luid;
        public uint Flags;
    }

    /// <summary><c>DXGI_QUERY_VIDEO_MEMORY_INFO</c>.</summary>
    private struct MemoryInfo
    {
        public ulong Budget;
        public ulong CurrentUsage;
        public ulong AvailableForReservation;
        public ulong CurrentReservation;
    }
}
