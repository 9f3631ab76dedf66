using System.Globalization;
using Homelab.Cli.Output;
using Homelab.Contracts;
using Homelab.Domain.Memory;

namespace Homelab.Cli.Views;

/// <summary>Devices as read on this machine, where nobody can say which part models use, and the GPUs that are there and are none.</summary>
internal static class DeviceView
{
    private const int MostNamed = 2;

    public static Report Build(IReadOnlyList<DeviceWire> devices, IReadOnlyList<string> leftOut, bool rich)
    {
        var report = new Report();
        if (devices.Count == 0)
        {
            report.Line("No device can be read on this machine; declare them under daemon.memory.devices.");
        }
        else
        {
            report.Table(Table(devices, rich));
        }

        foreach (var gpu in leftOut)
        {
            report.Line(Cell.Of($"not counted: {gpu}", Tone.Muted));
        }

        return report;
    }

    /// <summary>What it is and how it does; what is wrong with it goes before.</summary>
    public static Cell Notes(DeviceWire device)
    {
        if (device.Problem is { } problem)
        {
            return Cell.Of(problem, Tone.Warning);
        }

        string?[] words =
        [
            device.Product,
            device.Utilization is { } busy ? string.Create(CultureInfo.InvariantCulture, $"{busy * 100:0} % busy") : null,
            device.TemperatureCelsius is { } degrees ? string.Create(CultureInfo.InvariantCulture, $"{degrees:0} °C") : null,
            device.PowerWatts is { } watts ? string.Create(CultureInfo.InvariantCulture, $"{watts:0} W") : null,
            Largest(device),
        ];
        return Cell.Of(string.Join(", ", words.OfType<string>()), Tone.Muted);
    }

    /// <summary>Who else has the device: the programs that are neither the engine's nor ours, largest first.</summary>
    private static string? Largest(DeviceWire device)
    {
        var others = (device.Programs ?? []).Where(static p => p is { Owner: "other", Name: not null, UsedBytes: > 0 }).ToList();
        var words = others.Take(MostNamed).Select(static p => $"{p.Name} {Units.Bytes(p.UsedBytes!.Value)}");
        return others.Count == 0 ? null : $"{string.Join(", ", words)}{(others.Count > MostNamed ? $" and {others.Count - MostNamed} more" : "")}";
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

    private static Grid Table(IReadOnlyList<DeviceWire> devices, bool rich)
    {
        var grid = new Grid(
            new Column("DEVICE"),
            new Column("KIND"),
            new Column("MEMORY"),
            new Column("USED", Right: true),
            new Column("FREE", Right: true),
            new Column("TOTAL", Right: true),
            new Column("NOTES", Optional: true));
        foreach (var device in devices)
        {
            grid.Add(
                Cell.Of(device.Name, Tone.Strong),
                device.Kind,
                MemoryBar.Draw(device.TotalBytes, 0, device.UsedByOthersBytes, rich),
                Units.Bytes(device.UsedByOthersBytes),
                Units.Bytes(device.FreeBytes),
                Units.Bytes(device.TotalBytes),
                Notes(device));
        }

        return grid;
    }
}
