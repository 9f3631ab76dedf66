using Homelab.Domain.Memory;
using Homelab.Hardware.Drm;

namespace Homelab.Tests.Hardware.Drm;

/// <summary>AMD's and Intel's GPUs by trees of files as their drivers make them.</summary>
public sealed class DrmProbeTests
{
    private const string Drm = "sys/class/drm/";

    private static readonly (string Path, string Text)[] Radeon =
    [
        (Drm + "card1/device/vendor", "0x1002\n"),
        (Drm + "card1/device/uevent", "DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_SLOT_NAME=0000:03:00.0\n"),
        (Drm + "card1/device/mem_info_vram_total", "25753026560\n"),
        (Drm + "card1/device/mem_info_vram_used", "1073741824\n"),
        (Drm + "card1/device/mem_info_gtt_total", "33554432000\n"),
        (Drm + "card1/device/mem_info_gtt_used", "52428800\n"),
        (Drm + "card1/device/gpu_busy_percent", "42\n"),
        (Drm + "card1/device/product_name", "AMD Radeon RX 7900 XTX\n"),
        (Drm + "card1/device/unique_id", "43cbeff3a2a4d8e1\n"),
        (Drm + "card1/device/current_link_width", "16\n"),
        (Drm + "card1/device/hwmon/hwmon3/temp1_input", "54000\n"),
        (Drm + "card1/device/hwmon/hwmon3/power1_average", "87000000\n"),
        (Drm + "card1-DP-1/status", "connected\n"),
        (Drm + "renderD128/device/vendor", "0x1002\n"),
    ];

    [Fact]
    public void Radeon_is_told_with_its_own_memory_and_its_sensors()
    {
        using var tree = new FileTree(Radeon);

        var device = Assert.Single(new DrmProbe(tree.Root).Read());

        Assert.Equal(("amd0", DeviceKind.Rocm, 25753026560, 25753026560 - (1L << 30)), (device.Name, device.Kind, device.Total.Bytes, device.Free!.Value.Bytes));
        var facts = device.Facts!;
        Assert.Equal(("AMD Radeon RX 7900 XTX", "43cbeff3a2a4d8e1", 0.42, 54.0, 87.0, 16, null), (facts.Product, facts.Uuid, facts.Utilisation, facts.Temperature, facts.Power, facts.LinkWidth, facts.Problem));
    }

    [Fact]
    public void Gpu_that_computes_in_the_machines_memory_is_no_device_of_its_own()
    {
        using var tree = new FileTree(
            (Drm + "card0/device/vendor", "0x1002\n"),
            (Drm + "card0/device/mem_info_vram_total", "536870912\n"),
            (Drm + "card0/device/mem_info_vram_used", "400000000\n"),
            (Drm + "card0/device/mem_info_gtt_total", "33554432000\n"));

        Assert.Empty(new DrmProbe(tree.Root).Read());
    }

    [Fact]
    public void Names_follow_the_bus_and_not_the_order_in_which_drivers_came()
    {
        using var tree = new FileTree([.. Radeon, .. new (string, string)[]
        {
            (Drm + "card0/device/vendor", "0x1002\n"),
            (Drm + "card0/device/uevent", "PCI_SLOT_NAME=0000:83:00.0\n"),
            (Drm + "card0/device/mem_info_vram_total", "17163091968\n"),
            (Drm + "card0/device/mem_info_vram_used", "0\n"),
        }]);

        Assert.Equal([("amd0", 25753026560), ("amd1", 17163091968)], new DrmProbe(tree.Root).Read().Select(d => (d.Name, d.Total.Bytes)));
    }

    [Fact]
    public void Gpu_that_sleeps_and_does_not_tell_what_is_free_has_nothing_free_and_says_so()
    {
        using var tree = new FileTree([.. Radeon.Where(f => !f.Path.EndsWith("vram_used", StringComparison.Ordinal))]);

        var device = Assert.Single(new DrmProbe(tree.Root).Read());

        Assert.Equal(0, device.Free!.Value.Bytes);
        Assert.Equal("the kernel does not tell how much of its memory is free", device.Facts!.Problem);
    }

    [Fact]
    public void Intel_is_told_where_its_driver_tells_its_memory_and_others_are_left_to_others()
    {
        using var tree = new FileTree(
            (Drm + "card0/device/vendor", "0x8086\n"),
            (Drm + "card0/device/uevent", "PCI_SLOT_NAME=0000:00:02.0\n"),
            (Drm + "card1/device/vendor", "0x8086\n"),
            (Drm + "card1/device/uevent", "PCI_SLOT_NAME=0000:03:00.0\n"),
            (Drm + "card1/lmem_total_bytes", "17179869184\n"),
            (Drm + "card1/lmem_avail_bytes", "16106127360\n"),
            (Drm + "card2/device/vendor", "0x10de\n"),
            (Drm + "card2/device/mem_info_vram_total", "25753026560\n"));

        var device = Assert.Single(new DrmProbe(tree.Root).Read());
        Assert.Equal(("intel0", DeviceKind.Vulkan, 17179869184, 16106127360), (device.Name, device.Kind, device.Total.Bytes, device.Free!.Value.Bytes));
    }

    [Theory]
    [InlineData("-5")]
    [InlineData("not a number")]
    [InlineData("999999999999999999999999")]
    [InlineData("")]
    public void Figure_that_is_none_is_no_memory(string total)
    {
        using var tree = new FileTree((Drm + "card0/device/vendor", "0x1002\n"), (Drm + "card0/device/mem_info_vram_total", total), (Drm + "card0/device/mem_info_vram_used", "0"));

        Assert.Empty(new DrmProbe(tree.Root).Read());
    }

    [Fact]
    public void Machine_without_cards_has_none()
    {
        using var tree = new FileTree();
        Assert.Empty(new DrmProbe(tree.Root).Read());
    }
}
