using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Hardware.Drm;

/// <summary>AMD's and Intel's GPUs on Linux as the kernel tells them under <c>/sys/class/drm</c>, without any library of their makers; NVIDIA's are not read here.
/// Devices are called <c>amd0</c>, <c>intel0</c>... in the order of the PCI bus. One thread at a time.</summary>
/// <remarks>Files of the amdgpu driver (kernel documentation, gpu/amdgpu/driver-misc and gpu/amdgpu/thermal): memory in bytes, <c>gpu_busy_percent</c>, hwmon in
/// thousandths of a degree and millionths of a watt. A GPU with less than a gibibyte of its own computes in the machine's memory (an APU whose firmware sets
/// a little aside): that memory is the device <c>ram</c>, and is not counted a second time here, neither as VRAM nor as what the GPU may map of it (GTT).
/// The upstream drivers for Intel's GPUs do not tell their memory; where a driver does (<c>lmem_total_bytes</c>), it is read.</remarks>
/// <param name="root">The root of the file system; tests give a recorded tree.</param>
internal sealed class DrmProbe(string root) : IDeviceProbe
{
    private const string Amd = "0x1002";
    private const string Intel = "0x8086";
    private const int LongestFile = 4096;

    private static readonly ByteSize LeastOwnMemory = ByteSize.FromGibibytes(1);

    private readonly byte[] _buffer = new byte[LongestFile];

    public ImmutableArray<DeviceReading> Read()
    {
        try
        {
            var folder = Path.Combine(root, "sys/class/drm");
            if (!Directory.Exists(folder))
            {
                return [];
            }

            // Connectors are listed beside the cards, as card0-DP-1.
            var cards = Directory.EnumerateFileSystemEntries(folder, "card*")
                .Where(static c => Path.GetFileName(c)["card".Length..].All(char.IsAsciiDigit))
                .Select(card => new Card(card, Path.Combine(card, "device"), Text(Path.Combine(card, "device"), "vendor"), Slot(Path.Combine(card, "device"))))
                .OrderBy(static c => c.Slot, StringComparer.Ordinal).ThenBy(static c => c.Folder, StringComparer.Ordinal)
                .ToList();
            return
            [
                .. Named("amd", cards.Where(static c => c.Vendor == Amd).Select(ReadAmd)),
                .. Named("intel", cards.Where(static c => c.Vendor == Intel).Select(ReadIntel)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static IEnumerable<DeviceReading> Named(string maker, IEnumerable<DeviceReading?> devices) =>
        devices.OfType<DeviceReading>().Select((device, i) => device with { Name = string.Create(CultureInfo.InvariantCulture, $"{maker}{i}") });

    private DeviceReading? ReadAmd(Card card) => Device(
        card,
        DeviceKind.Rocm,
        Number(card.Device, "mem_info_vram_total"),
        static (total, used) => total - used,
        Number(card.Device, "mem_info_vram_used"));

    private DeviceReading? ReadIntel(Card card) => Device(
        card,
        DeviceKind.Vulkan,
        Number(card.Folder, "lmem_total_bytes"),
        static (_, available) => available,
        Number(card.Folder, "lmem_avail_bytes"));

    /// <summary>One GPU with memory of its own; null where it has none, or does not tell it.</summary>
    private DeviceReading? Device(Card card, DeviceKind kind, long? total, Func<long, long, long> free, long? figure)
    {
        if (total is not { } bytes || new ByteSize(bytes) < LeastOwnMemory)
        {
            return null;
        }

        var sensors = Sensors(card.Device);
        return new DeviceReading("", kind, new ByteSize(bytes), new ByteSize(figure is { } known ? Math.Clamp(free(bytes, known), 0, bytes) : 0))
        {
            Facts = new DeviceFacts
            {
                Product = Text(card.Device, "product_name") is { Length: > 0 } product ? product : null,
                Uuid = Text(card.Device, "unique_id") is { Length: > 0 } id ? id : null,
                Utilisation = Number(card.Device, "gpu_busy_percent") is { } busy ? Math.Clamp(busy / 100.0, 0, 1) : null,
                Temperature = sensors is null ? null : Number(sensors, "temp1_input") / 1e3,
                Power = sensors is null ? null : (Number(sensors, "power1_average") ?? Number(sensors, "power1_input")) / 1e6,
                LinkWidth = (int?)Number(card.Device, "current_link_width"),
                Problem = figure is null ? "the kernel does not tell how much of its memory is free" : null,
            },
        };
    }

    private static string? Sensors(string device)
    {
        var folder = Path.Combine(device, "hwmon");
        return Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder, "hwmon*").Order(StringComparer.Ordinal).FirstOrDefault() : null;
    }

    /// <summary>Its place on the bus, as <c>PCI_SLOT_NAME=0000:03:00.0</c>.</summary>
    private string Slot(string device) =>
        Text(device, "uevent").Split('\n').FirstOrDefault(static l => l.StartsWith("PCI_SLOT_NAME=", StringComparison.Ordinal)) ?? "";

    private long? Number(string folder, string file) =>
        long.TryParse(Text(folder, file), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Empty where it cannot be read: a GPU that sleeps answers some of its files with an error.</summary>
    private string Text(string folder, string file)
    {
        try
        {
            var path = Path.Combine(folder, file);
            if (!File.Exists(path))
            {
                return "";
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            return Encoding.UTF8.GetString(_buffer, 0, stream.ReadAtLeast(_buffer, _buffer.Length, throwOnEndOfStream: false)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>One entry of <c>/sys/class/drm</c>.</summary>
    /// <param name="Folder">Its own.</param>
    /// <param name="Device">That of the PCI device.</param>
    /// <param name="Vendor">PCI id of its maker.</param>
    /// <param name="Slot">Its place on the bus.</param>
    private sealed record Card(string Folder, string Device, string Vendor, string Slot);
}
