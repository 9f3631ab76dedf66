using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>Devices with who uses their memory.</summary>
internal static class DeviceListView
{
    public static Grid Grid(IReadOnlyList<NodeWire> nodes, bool rich)
    {
        var grid = new Grid(
            new Column("NODE", Optional: true),
            new Column("DEVICE"),
            new Column("KIND"),
            new Column("MEMORY"),
            new Column("MODELS", Right: true),
            new Column("OTHERS", Right: true),
            new Column("FREE", Right: true),
            new Column("TOTAL", Right: true),
            new Column("NOTES", Optional: true));
        foreach (var node in nodes)
        {
            foreach (var device in node.Devices)
            {
                grid.Add(
                    nodes.Count > 1 ? node.Name : "",
                    Cell.Of(device.Name, Tone.Strong),
                    device.Kind,
                    MemoryBar.Draw(device.TotalBytes, device.UsedByModelsBytes, device.UsedByOthersBytes, rich),
                    Units.Bytes(device.UsedByModelsBytes),
                    Units.Bytes(device.UsedByOthersBytes),
                    Units.Bytes(device.FreeBytes),
                    Units.Bytes(device.TotalBytes),
                    DeviceView.Notes(device));
            }
        }

        return grid;
    }
}
