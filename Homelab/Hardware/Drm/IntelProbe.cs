using System.Collections.Immutable;
using Homelab.Domain.Memory;

namespace Homelab.Hardware.Drm;

/// <summary>Intel's GPUs on Linux, of which it says why they are no devices: the kernel's drivers (i915, xe) tell the memory of a card in no file, and what is used of it only
/// process by process, to the owner of each (drm-usage-stats). A figure that is made up would be worse than none. Any thread.</summary>
/// <param name="root">The folder that stands for <c>/</c>.</param>
internal sealed class IntelProbe(string root) : IDeviceProbe
{
    // A processor's own GPU sits there on every machine of Intel's; no card can.
    private const string OwnSlot = "0000:00:02.0";

    public ImmutableArray<DeviceReading> Read() => [];

    public ImmutableArray<string> LeftOut =>
    [
        .. DrmCard.List(root)
            .Where(card => card.Driver is "i915" or "xe" && card.Slot != OwnSlot)
            .Select(card => $"{card.Slot}, an Intel GPU: its driver ({card.Driver}) does not tell its memory; declare it, e.g. daemon.memory.devices: [{{ name: gpu0, kind: vulkan, total: 16GiB }}, {{ name: ram, kind: ram, total: 32GiB }}]"),
    ];
}
