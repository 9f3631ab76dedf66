using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Hardware.Drm;

namespace Homelab.Tests.Hardware.Drm;

/// <summary>AMD's GPUs by the files of the kernel.</summary>
public sealed class AmdProbeTests
{
    private const long GiB = RecordedGpus.GiB;

    [Fact]
    public void Card_is_told_with_its_memory_and_what_it_is()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Card(1, "0000:03:00.0"), RecordedGpus.Node(1, 110000, bus: 3, id: 0x1234));
        using var probe = Probe(tree);

        var device = Assert.Single(probe.Read());
        Assert.Equal("amd0 Rocm 24 20", Line(device));
        Assert.False(device.IsHostMemory);
        var facts = device.Facts!;
        Assert.Equal(("AMD GPU (gfx1100)", "GPU-0000000000001234", 0.37, 61.0, 120.5, 4, 16), (facts.Product, facts.Uuid, facts.Utilisation, facts.Temperature, facts.Power, facts.LinkGeneration, facts.LinkWidth));
        Assert.Null(facts.Problem);
        Assert.Empty(probe.LeftOut);
    }

    [Fact]
    public void Cards_are_named_by_their_place_on_the_bus()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Card(0, "0000:43:00.0", 16 * GiB, 0), RecordedGpus.Card(1, "0000:03:00.0"), RecordedGpus.Node(1, 110000, 0x43), RecordedGpus.Node(2, 110000, 3));
        using var probe = Probe(tree);

        Assert.Equal(["amd0 Rocm 24 20", "amd1 Rocm 16 16"], probe.Read().Select(Line));
    }

    [Fact]
    public void Card_that_sleeps_is_told_and_not_woken()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Card(0, "0000:03:00.0", used: 0, power: "suspended"), RecordedGpus.Node(1, 110000, 3));
        using var probe = Probe(tree);

        var device = Assert.Single(probe.Read());
        Assert.Equal("amd0 Rocm 24 24", Line(device));
        Assert.Equal((null, null, null, null), (device.Facts!.Utilisation, device.Facts.Temperature, device.Facts.Power, device.Facts.LinkGeneration));
    }

    [Fact]
    public void Card_without_the_compute_driver_is_one_for_vulkan()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Card(0, "0000:03:00.0"));
        using var probe = Probe(tree);

        Assert.Equal(["amd0 Vulkan 24 20"], probe.Read().Select(Line));
    }

    [Fact]
    public void Processors_gpu_has_the_memory_that_it_shares_and_not_the_carve_out_too()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Processor(0, "0000:c4:00.0"), RecordedGpus.Node(1, 110501, 0xc4));
        using var probe = Probe(tree);

        var device = Assert.Single(probe.Read());
        Assert.Equal("amd0 Rocm 62 60", Line(device));
        Assert.True(device.IsHostMemory);
    }

    [Fact]
    public void Processors_gpu_with_a_large_carve_out_has_that_alone_which_is_no_longer_main_memory()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Processor(0, "0000:c4:00.0", carveOut: 96 * GiB, shared: 16 * GiB), RecordedGpus.Node(1, 110501, 0xc4));
        using var probe = Probe(tree);

        var device = Assert.Single(probe.Read());
        Assert.Equal("amd0 Rocm 96 48", Line(device));
        Assert.False(device.IsHostMemory);
    }

    [Theory]
    [InlineData(110003, null, false)]
    [InlineData(110003, "1", true)]
    [InlineData(110003, "nonsense", false)]
    [InlineData(110501, null, true)]
    [InlineData(110501, "0", false)]
    [InlineData(110501, "false", false)]
    public void Processors_gpu_counts_where_ollama_uses_it(int target, string? variable, bool counts)
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Processor(0, "0000:c4:00.0"), RecordedGpus.Node(1, target, 0xc4));
        using var probe = Probe(tree, ("OLLAMA_IGPU_ENABLE", variable));

        Assert.Equal(counts, probe.Read().Length == 1);
        Assert.Equal(counts ? [] : [$"0000:c4:00.0, a GPU that is part of the processor (gfx{(target == 110003 ? "1103" : "1151")}): Ollama does not use it unless OLLAMA_IGPU_ENABLE=1 is set"], probe.LeftOut.ToArray());
    }

    [Fact]
    public void Card_keeps_its_name_beside_a_processors_gpu_that_does_not_count()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Processor(0, "0000:02:00.0"), RecordedGpus.Card(1, "0000:03:00.0"), RecordedGpus.Node(1, 110000, 3), RecordedGpus.Node(2, 100306, 2));
        using var probe = Probe(tree);

        Assert.Equal(["amd1 Rocm 24 20"], probe.Read().Select(Line));
    }

    [Theory]
    [InlineData(0.5, 16, true)]
    [InlineData(0.5, 4, false)]
    [InlineData(8, 16, false)]
    public void Old_kernel_without_metrics_is_judged_by_the_sizes(double carveOut, long shared, bool isIntegrated)
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Processor(0, "0000:c4:00.0", (long)(carveOut * GiB), shared * GiB, metrics: null));
        Assert.Equal(isIntegrated, AmdMemory.IsIntegrated(DrmCard.List(tree.Root)[0]));
    }

    [Fact]
    public void Card_in_a_reset_has_nothing_free_and_says_why_and_comes_back()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Card(0, "0000:03:00.0"), RecordedGpus.Node(1, 110000, 3));
        using var probe = Probe(tree);
        probe.Read();
        var file = Path.Combine(tree.Root, "sys/class/drm/card0/device/mem_info_vram_total");

        File.Delete(file);
        var lost = Assert.Single(probe.Read());
        Assert.Equal(("amd0 Rocm 24 0", "the driver does not tell its memory"), (Line(lost), lost.Facts!.Problem));

        File.WriteAllText(file, $"{24 * GiB}\n");
        Assert.Equal("amd0 Rocm 24 20", Line(Assert.Single(probe.Read())));
    }

    [Fact]
    public void What_is_used_and_cannot_be_read_is_not_free()
    {
        Assert.Equal(new AmdMemory(24, 0, false), AmdMemory.Of(false, 24, null, 16, 1));
        Assert.Equal(new AmdMemory(16, 0, true), AmdMemory.Of(true, 1, 1, 16, null));
        Assert.Equal(new AmdMemory(24, 0, false), AmdMemory.Of(false, 24, 99, null, null));
    }

    [Theory]
    [InlineData(null, null, "amd0 amd1 amd2")]
    [InlineData("", null, "")]
    [InlineData("-1", null, "")]
    [InlineData("1", null, "amd0")]
    [InlineData("2,0", null, "amd1 amd2")]
    [InlineData("GPU-000000000000000b", null, "amd1")]
    [InlineData("gpu-000000000000000B,9,0", null, "amd1")]
    [InlineData("2,0", "1", "amd2")]
    [InlineData(null, "0,0,1", "amd2")]
    public void Devices_are_those_that_a_rocm_program_would_see(string? rocr, string? hip, string seen)
    {
        // ROCm counts 0x83, 0x03, 0x43.
        using var tree = RecordedGpus.Tree(
            RecordedGpus.Card(0, "0000:03:00.0"),
            RecordedGpus.Card(1, "0000:43:00.0"),
            RecordedGpus.Card(2, "0000:83:00.0"),
            RecordedGpus.Node(1, 110000, 0x83, 0xa),
            RecordedGpus.Node(2, 110000, 3, 0xc),
            RecordedGpus.Node(10, 110000, 0x43, 0xb));
        using var probe = Probe(tree, ("ROCR_VISIBLE_DEVICES", rocr), ("HIP_VISIBLE_DEVICES", hip));

        Assert.Equal(seen, string.Join(' ', probe.Read().Select(d => d.Name)));
    }

    [Fact]
    public void Cards_of_intel_are_named_with_what_to_do_and_its_processors_own_are_not()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Pci(0, "0000:00:02.0", "i915", "8086:A780"), RecordedGpus.Pci(1, "0000:03:00.0", "xe", "8086:E20B"), RecordedGpus.Card(2, "0000:04:00.0"));
        var probe = new IntelProbe(tree.Root);

        Assert.Empty(probe.Read());
        Assert.StartsWith("0000:03:00.0, an Intel GPU: its driver (xe) does not tell its memory; declare it", Assert.Single(probe.LeftOut), StringComparison.Ordinal);
    }

    [Fact]
    public void Card_of_intel_counts_where_its_driver_tells_its_memory()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Pci(1, "0000:03:00.0", "i915", "8086:56A0"), [("sys/class/drm/card1/lmem_total_bytes", "17179869184\n"), ("sys/class/drm/card1/lmem_avail_bytes", "16106127360\n")]);
        var probe = new IntelProbe(tree.Root);

        Assert.Equal(["intel0 Vulkan 16 15"], probe.Read().Select(Line));
        Assert.Empty(probe.LeftOut);
    }

    [Theory]
    [InlineData("-5")]
    [InlineData("not a number")]
    [InlineData("999999999999999999999999")]
    [InlineData("")]
    public void Figure_that_is_none_is_no_memory(string total)
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Card(0, "0000:03:00.0"), [("sys/class/drm/card0/device/mem_info_vram_total", total)]);
        using var probe = Probe(tree);

        Assert.Empty(probe.Read());
        Assert.Equal(["0000:03:00.0, an AMD GPU: its driver does not tell its memory"], probe.LeftOut.ToArray());
    }

    [Fact]
    public void Machine_without_gpus_or_without_the_folders_has_none()
    {
        using var tree = new FileTree(("sys/class/drm/version", "drm 1.1.0 20060810\n"));
        using var probe = Probe(tree);
        using var nowhere = new AmdProbe("/nowhere", () => null, _ => null);

        Assert.Empty(probe.Read());
        Assert.Empty(nowhere.Read());
    }

    private static AmdProbe Probe(FileTree tree, params (string Name, string? Value)[] variables) => new(tree.Root, () => null, name => variables.FirstOrDefault(v => v.Name == name).Value);

    private static string Line(DeviceReading device) => FormattableString.Invariant($"{device.Name} {device.Kind} {Gibibytes(device.Total)} {Gibibytes(device.Free!.Value)}");

    private static double Gibibytes(ByteSize size) => size.Bytes / (double)GiB;
}
