namespace Homelab.Tests.Hardware.Drm;

/// <summary>The files that Linux shows of GPUs, as amdgpu, i915, xe and KFD write them (kernel documentation and recordings of real machines).</summary>
internal static class RecordedGpus
{
    public const long GiB = 1L << 30;

    /// <summary>gpu_metrics of a card: 120 bytes, revision 1.3.</summary>
    public const string CardMetrics = "\u0078\0\u0001\u0003";

    /// <summary>gpu_metrics of a processor's GPU: 120 bytes, revision 2.4.</summary>
    public const string ProcessorMetrics = "\u0078\0\u0002\u0004";

    /// <summary>A Radeon RX 7900 XTX under amdgpu.</summary>
    public static IEnumerable<(string Path, string Text)> Card(int number, string slot, long total = 24 * GiB, long used = 4 * GiB, string power = "active") =>
    [
        .. Pci(number, slot, "amdgpu", "1002:744C"),
        ($"{Device(number)}/mem_info_vram_total", $"{total}\n"),
        ($"{Device(number)}/mem_info_vram_used", $"{used}\n"),
        ($"{Device(number)}/mem_info_vis_vram_total", $"{total}\n"),
        ($"{Device(number)}/mem_info_gtt_total", $"{16 * GiB}\n"),
        ($"{Device(number)}/mem_info_gtt_used", $"{GiB / 8}\n"),
        ($"{Device(number)}/mem_info_vram_vendor", "samsung\n"),
        ($"{Device(number)}/gpu_metrics", CardMetrics),
        ($"{Device(number)}/gpu_busy_percent", "37\n"),
        ($"{Device(number)}/current_link_speed", "16.0 GT/s PCIe\n"),
        ($"{Device(number)}/current_link_width", "16\n"),
        ($"{Device(number)}/power/runtime_status", $"{power}\n"),
        ($"{Device(number)}/hwmon/hwmon3/name", "amdgpu\n"),
        ($"{Device(number)}/hwmon/hwmon3/temp1_input", "61000\n"),
        ($"{Device(number)}/hwmon/hwmon3/power1_average", "120500000\n"),
        ($"sys/class/drm/card{number}-DP-1/status", "connected\n"),
    ];

    /// <summary>The GPU of a processor: a Ryzen AI Max+ 395 with a carve-out of 512 MiB, or any other by its sizes.</summary>
    public static IEnumerable<(string Path, string Text)> Processor(int number, string slot, long carveOut = GiB / 2, long shared = 62 * GiB, long sharedUsed = 2 * GiB, string? metrics = ProcessorMetrics) =>
    [
        .. Pci(number, slot, "amdgpu", "1002:1586"),
        ($"{Device(number)}/mem_info_vram_total", $"{carveOut}\n"),
        ($"{Device(number)}/mem_info_vram_used", $"{carveOut / 2}\n"),
        ($"{Device(number)}/mem_info_gtt_total", $"{shared}\n"),
        ($"{Device(number)}/mem_info_gtt_used", $"{sharedUsed}\n"),
        ($"{Device(number)}/gpu_busy_percent", "5\n"),
        .. metrics is null ? [] : ((string, string)[])[($"{Device(number)}/gpu_metrics", metrics)],
    ];

    public static IEnumerable<(string Path, string Text)> Pci(int number, string slot, string driver, string id) =>
    [
        ($"{Device(number)}/uevent", $"DRIVER={driver}\nPCI_CLASS=30000\nPCI_ID={id}\nPCI_SUBSYS_ID=1EAE:7901\nPCI_SLOT_NAME={slot}\nMODALIAS=pci:v00001002d0000744Csv00001EAEsd00007901bc03sc00i00\n"),
        ($"{Device(number)}/vendor", $"0x{id[..4].ToLowerInvariant()}\n"),
    ];

    /// <summary>A node of KFD; node 0 is the processor.</summary>
    public static IEnumerable<(string Path, string Text)> Node(int number, int target, int bus, ulong id = 0) =>
    [
        ($"sys/class/kfd/kfd/topology/nodes/0/properties", "cpu_cores_count 16\nsimd_count 0\ngfx_target_version 0\nvendor_id 0\nlocation_id 0\ndomain 0\nunique_id 0\n"),
        ($"sys/class/kfd/kfd/topology/nodes/{number}/properties", $"cpu_cores_count 0\nsimd_count 192\ngfx_target_version {target}\nvendor_id 4098\ndevice_id 29772\nlocation_id {bus << 8}\ndomain 0\ndrm_render_minor {127 + number}\nunique_id {id}\n"),
    ];

    public static FileTree Tree(params IEnumerable<(string Path, string Text)>[] parts) => new([.. parts.SelectMany(p => p)]);

    private static string Device(int number) => $"sys/class/drm/card{number}/device";
}
