using Homelab.Cli.Output;
using Homelab.Contracts;
using Homelab.Domain.Memory;

namespace Homelab.Cli.Views;

/// <summary>Devices as read on this machine, where nobody can say which part models use.</summary>
internal static class DeviceView
{
    public static Report Build(IReadOnlyList<DeviceWire> devices, bool rich)
    {
        if (devices.Count == 0)
        {
            return new Report().Line("No device can be read on this machine; declare them under daemon.memory.devices.");
        }

        var grid = new Grid(
            new Column("DEVICE"),
            new Column("KIND"),
            new Column("MEMORY"),
            new Column("USED", Right: true),
            new Column("FREE", Right: true),
            new Column("TOTAL", Right: true));
        foreach (var device in devices)
        {
            grid.Add(
                Cell.Of(device.Name, Tone.Strong),
                device.Kind,
                MemoryBar.Draw(device.TotalBytes, 0, device.UsedByOthersBytes, rich),
                Units.Bytes(device.UsedByOthersBytes),
                Units.Bytes(device.FreeBytes),
                Units.Bytes(device.TotalBytes));
        }

        return new Report().Table(grid);
    }

    /// <summary>The word of the control API.</summary>
    public static string Kind(DeviceKind kind) => kind switch
    {
        DeviceKind.Cuda => "cuda",
        DeviceKind.Rocm => "rocm",
        DeviceKind.Metal => "metal",
        DeviceKind.Vulkan => "vulkan",
        _ => "ram",
    };
}
