using Homelab.Domain.Memory;

namespace Homelab.Hardware.Drm;

/// <summary>What amdgpu tells of a GPU besides its memory (kernel documentation, gpu/amdgpu/thermal and hwmon).</summary>
internal static class AmdSensors
{
    /// <summary>Reads what there is. A card that sleeps is left alone.</summary>
    public static DeviceFacts Read(DrmCard card, KfdNode? node)
    {
        var facts = new DeviceFacts
        {
            Product = card.Device.Text("product_name") ?? (node is null ? "AMD GPU" : $"AMD GPU ({node.Target})"),
            Uuid = node?.Uuid ?? card.Slot,
        };
        if (card.IsAsleep)
        {
            return facts;
        }

        var sensors = card.Device.Into("hwmon").Folders() is [var first, ..] ? first : default(SystemFolder?);
        return facts with
        {
            Utilisation = card.Device.Number("gpu_busy_percent") is >= 0 and <= 100 and var busy ? busy / 100.0 : null,
            Temperature = sensors?.Number("temp1_input") / 1000.0,
            Power = (sensors?.Number("power1_average") ?? sensors?.Number("power1_input")) / 1e6,
            LinkGeneration = card.LinkGeneration,
            LinkWidth = card.LinkWidth,
        };
    }
}
