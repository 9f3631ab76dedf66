namespace Homelab.Hardware.Nvml;

/// <summary>Which processes hold memory of a device, by NVML's two lists: those that compute and those that draw. A process in both is told once.</summary>
/// <remarks>Each list has had three forms; <c>nvmlProcessInfo_v1_t</c> has 16 bytes, its successors 24.</remarks>
internal static unsafe class NvmlPrograms
{
    private const int First = 64;
    private const int Most = 4096;
    private const int Attempts = 3;

    // NVML_VALUE_NOT_AVAILABLE.
    private const ulong NotAvailable = ulong.MaxValue;

    // Early drivers of series 535 write 32 bytes for each process, where those before and after write 24: nonsense then, but never past the end.
    private const int Widest = 32;

    private static readonly string[] Lists = ["nvmlDeviceGetComputeRunningProcesses", "nvmlDeviceGetGraphicsRunningProcesses"];
    private static readonly (string Suffix, int Size)[] Forms = [("_v3", 24), ("_v2", 24), ("", 16)];

    /// <summary>Bytes by the number of the process; null where the driver does not tell them.</summary>
    /// <param name="library">Initialised.</param>
    /// <param name="device">A whole one, or a part, which has the processes of that part only.</param>
    /// <param name="total">Bytes of the device: who holds more was misread.</param>
    public static Dictionary<int, long?> Of(NvmlLibrary library, nint device, long total)
    {
        var found = new Dictionary<int, long?>();
        foreach (var list in Lists)
        {
            foreach (var (suffix, size) in Forms)
            {
                // A library that is newer than its driver has forms that the driver cannot serve.
                if (library.Find(list + suffix, out var call) && Read(call, device, size, total, found) != NvmlResult.FunctionNotFound)
                {
                    break;
                }
            }
        }

        return found;
    }

    private static NvmlResult Read(nint call, nint device, int size, long total, Dictionary<int, long?> found)
    {
        var result = NvmlResult.InsufficientSize;
        var capacity = (uint)First;
        for (var attempt = 0; attempt < Attempts && result == NvmlResult.InsufficientSize && capacity <= Most; attempt++)
        {
            var count = capacity;
            var buffer = new byte[capacity * Widest];
            fixed (byte* start = buffer)
            {
                result = (NvmlResult)((delegate* unmanaged<nint, uint*, byte*, int>)call)(device, &count, start);
            }

            if (result == NvmlResult.Success)
            {
                Add(buffer, (int)Math.Min(count, capacity), size, total, found);
            }

            // More may start meanwhile.
            capacity = count + First;
        }

        return result;
    }

    private static void Add(byte[] buffer, int count, int size, long total, Dictionary<int, long?> found)
    {
        for (var i = 0; i < count; i++)
        {
            var id = BitConverter.ToUInt32(buffer, i * size);
            var used = BitConverter.ToUInt64(buffer, (i * size) + sizeof(ulong));
            if (id is 0 or > int.MaxValue)
            {
                continue;
            }

            var bytes = used == NotAvailable || used > (ulong)total ? null : (long?)used;
            found[(int)id] = found.TryGetValue((int)id, out var before) && before is { } known ? Math.Max(known, bytes ?? 0) : bytes;
        }
    }
}
