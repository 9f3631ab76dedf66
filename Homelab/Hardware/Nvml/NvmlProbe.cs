using System.Collections.Immutable;
using System.Globalization;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Hardware.Nvml;

/// <summary>The NVIDIA GPUs of this machine, as far as CUDA programs may see them. The driver's library is opened at the first reading, given up where the driver is
/// unloaded, and opened again when it is back. A GPU that fell off the bus stays in the list, with nothing free, until the driver forgets it. One thread
/// at a time; a reading may hang in the driver (<see cref="GuardedProbe"/>).</summary>
/// <param name="open">Opens the library; null where there is none.</param>
/// <param name="visible">The value of <c>CUDA_VISIBLE_DEVICES</c>; null: not set.</param>
/// <param name="order">The value of <c>CUDA_DEVICE_ORDER</c>; null: not set.</param>
/// <param name="programs">Names those who hold memory; null where nobody can.</param>
internal sealed class NvmlProbe(Func<NvmlLibrary?> open, string? visible, string? order = null, LinuxPrograms? programs = null) : IDeviceProbe, IDisposable
{
    /// <summary>Names another file than the driver's library, for installations in unusual places.</summary>
    public const string LibraryVariable = "HOMELAB_NVML_LIBRARY";

    private const uint MostDevices = 64;
    private const int MostPrograms = 32;

    /// <summary>A machine without the library is not searched for it every time.</summary>
    private const int ReadingsBetweenSearches = 20;

    private readonly bool _needsSpeed = CudaVisibleDevices.NeedsSpeed(visible, order);
    private readonly Dictionary<string, long> _totals = new(StringComparer.Ordinal);
    private NvmlLibrary? _library;
    private int _untilSearch;

    public static NvmlProbe OfThisMachine() => new(
        static () => NvmlLibrary.TryOpen(Environment.GetEnvironmentVariable(LibraryVariable) is { Length: > 0 } path ? path : null),
        Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"),
        Environment.GetEnvironmentVariable("CUDA_DEVICE_ORDER"),
        OperatingSystem.IsLinux() ? new LinuxPrograms("/", Environment.ProcessId) : null);

    public ImmutableArray<DeviceReading> Read()
    {
        if (_library is null && !Open())
        {
            return [];
        }

        programs?.Renew();
        var all = ReadAll(_library!);
        var seen = CudaVisibleDevices.Of(visible, order, all);

        // By place in NVML's list, so that a name does not move from one GPU to another when the variable changes.
        return [.. all.Select((device, place) => (device, place)).Where(d => seen.Contains(d.device)).Select(d => new DeviceReading(
            string.Create(CultureInfo.InvariantCulture, $"gpu{d.place}"),
            DeviceKind.Cuda,
            new ByteSize(d.device.Total),
            new ByteSize(d.device.Free))
        { Facts = d.device.Facts })];
    }

    public void Dispose() => Close();

    private bool Open()
    {
        if (_untilSearch-- > 0)
        {
            return false;
        }

        _untilSearch = ReadingsBetweenSearches;
        if (open() is not { } library)
        {
            return false;
        }

        if (library.Initialize() != NvmlResult.Success)
        {
            library.Dispose();
            return false;
        }

        _library = library;
        return true;
    }

    private void Close()
    {
        _library?.Shutdown();
        _library?.Dispose();
        _library = null;
    }

    private ImmutableArray<NvmlReading> ReadAll(NvmlLibrary library)
    {
        if (library.Count(out var count) != NvmlResult.Success)
        {
            // The driver is gone, or is being replaced: what it said of handles is over.
            Close();
            _untilSearch = 0;
            return [];
        }

        var devices = ImmutableArray.CreateBuilder<NvmlReading>();
        for (var index = 0U; index < Math.Min(count, MostDevices); index++)
        {
            if (library.Device(index, out var device) is var result and not NvmlResult.Success)
            {
                AddLost(devices, (int)index, null, library.Words(result));
                continue;
            }

            var uuid = library.Uuid(device);
            var before = devices.Count;
            var parts = Math.Min(library.Parts(device), MostDevices);
            for (var part = 0U; part < parts; part++)
            {
                if (library.Part(device, part, out var handle) == NvmlResult.Success)
                {
                    Add(library, devices, (int)index, handle, device, uuid);
                }
            }

            // What is split up is not there as a whole too; a GPU without a part yet can hold nothing.
            if (devices.Count == before && parts == 0)
            {
                Add(library, devices, (int)index, device, device, null);
            }
        }

        return devices.ToImmutable();
    }

    private void Add(NvmlLibrary library, ImmutableArray<NvmlReading>.Builder devices, int index, nint handle, nint whole, string? parent)
    {
        var uuid = library.Uuid(handle);
        if (library.Memory(handle, out var total, out var free) is var result and not NvmlResult.Success)
        {
            // GPUs that share the machine's memory (Tegra, GB10) have none of their own to tell: the machine's is read as its RAM.
            if (result != NvmlResult.NotSupported)
            {
                AddLost(devices, index, uuid, library.Words(result));
            }

            return;
        }

        var bytes = (long)Math.Min(total, long.MaxValue);
        if (uuid is not null)
        {
            _totals[uuid] = bytes;
        }

        devices.Add(new NvmlReading(index, uuid, parent, bytes, (long)Math.Min(free, total), new DeviceFacts
        {
            Product = library.Name(handle) ?? library.Name(whole),
            Uuid = uuid,

            // A part has no sensors of its own.
            Utilisation = library.Utilisation(handle),
            Temperature = library.Temperature(whole),
            Power = library.Power(whole),
            LinkGeneration = library.LinkGeneration(whole),
            LinkWidth = library.LinkWidth(whole),
            Programs = Programs(library, handle, bytes),
        })
        {
            Speed = _needsSpeed ? library.Speed(whole) ?? 0 : 0,
        });
    }

    private ImmutableArray<DeviceProgram> Programs(NvmlLibrary library, nint handle, long total) =>
    [
        .. NvmlPrograms.Of(library, handle, total)
            .OrderByDescending(held => held.Value ?? -1)
            .ThenBy(held => held.Key)
            .Take(MostPrograms)
            .Select(held =>
            {
                var (name, owner) = programs?.Of(held.Key) ?? (null, ProgramOwner.Unknown);
                return new DeviceProgram(held.Key, name, held.Value is { } bytes ? new ByteSize(bytes) : null, owner);
            }),
    ];

    private void AddLost(ImmutableArray<NvmlReading>.Builder devices, int index, string? uuid, string why) => devices.Add(new NvmlReading(
        index,
        uuid,
        null,
        uuid is null ? 0 : _totals.GetValueOrDefault(uuid),
        0,
        new DeviceFacts { Uuid = uuid, Problem = $"the driver cannot read it: {why}" }));
}
