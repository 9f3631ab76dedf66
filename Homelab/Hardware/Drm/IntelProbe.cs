using System.Collections.Immutable;
using System.Globalization;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Hardware.Drm;

/// <summary>Intel's graphics cards on Linux. Only Intel's own builds of its driver tell a card's memory in files; of all others this says why they do not count: what is
/// used of them the kernel tells process by process alone, to the owner of each (drm-usage-stats), and a figure that is made up would be worse than none.
/// One thread at a time.</summary>
/// <param name="root">The folder that stands for <c>/</c>.</param>
internal sealed class IntelProbe(string root) : IDeviceProbe
{
    // A processor's own GPU sits there on every machine of Intel's; no card can.
    private const string OwnSlot = "0000:00:02.0";

    public ImmutableArray<string> LeftOut { get; private set; } = [];

    public ImmutableArray<DeviceReading> Read()
    {
        var devices = ImmutableArray.CreateBuilder<DeviceReading>();
        var leftOut = ImmutableArray.CreateBuilder<string>();
        foreach (var card in DrmCard.List(root).Where(card => card.Driver is "i915" or "xe" && card.Slot != OwnSlot))
        {
            if (card.Folder.Number("lmem_total_bytes") is > 0 and var total && card.Folder.Number("lmem_avail_bytes") is >= 0 and var free)
            {
                devices.Add(new DeviceReading(string.Create(CultureInfo.InvariantCulture, $"intel{devices.Count}"), DeviceKind.Vulkan, new ByteSize(total), new ByteSize(Math.Min(free, total)))
                {
                    Facts = new DeviceFacts { Product = "Intel GPU", Uuid = card.Slot, LinkGeneration = card.LinkGeneration, LinkWidth = card.LinkWidth },
                });
            }
            else
            {
                leftOut.Add($"{card.Slot}, an Intel GPU: its driver ({card.Driver}) does not tell its memory; declare it, e.g. daemon.memory.devices: [{{ name: gpu0, kind: vulkan, total: 16GiB }}, {{ name: ram, kind: ram, total: 32GiB }}]");
            }
        }

        LeftOut = leftOut.ToImmutable();
        return devices.ToImmutable();
    }
}
