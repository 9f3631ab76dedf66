using Homelab.Hardware.Dxgi;
using Homelab.Hardware.Sensors;

namespace Homelab.Tests.Hardware.Dxgi;

/// <summary>The graphics cards of a Windows machine, from what the system would say; the system itself is asked on Windows alone.</summary>
public sealed class DxgiProbeTests
{
    private const long GiB = 1L << 30;
    private static readonly DxgiReading Radeon = new("AMD Radeon RX 7900 XTX", 0x1002, 0x1_0000_a0a9, 24 * GiB, false, 23 * GiB) { Used = 4 * GiB };

    [Fact]
    public void Free_is_what_no_process_holds_and_no_more_than_the_budget_for_one()
    {
        Assert.Equal(["amd0 Rocm 24 20"], Read(Radeon));
        Assert.Equal(["amd0 Rocm 24 23"], Read(Radeon with { Used = 0 }));
        Assert.Equal(["amd0 Rocm 24 24"], Read(Radeon with { Used = 0, Budget = null }));
        Assert.Equal(["amd0 Rocm 24 0"], Read(Radeon with { Used = 99 * GiB }));
    }

    [Fact]
    public void Card_of_which_nobody_knows_what_is_used_has_nothing_free_and_says_so()
    {
        var card = Assert.Single(new DxgiProbe(() => [Radeon with { Used = null }], static () => []).Read());
        Assert.Equal((0, "the system does not tell what is used of its memory"), (card.Free!.Value.Bytes, card.Facts!.Problem));
    }

    [Fact]
    public void Cards_of_nvidia_and_what_the_processor_draws_are_left_to_others_and_an_adapter_counts_once()
    {
        Assert.Equal(
            ["amd0 Rocm 24 20", "intel1 Vulkan 16 16"],
            Read(
                Radeon with { Vendor = 0x10de, Luid = 1 },
                Radeon,
                Radeon,
                Radeon with { Vendor = 0x1414, Luid = 2, IsSoftware = true },
                new DxgiReading("Intel Arc A770", 0x8086, 3, 16 * GiB, false, 16 * GiB) { Used = 0 }));
    }

    [Fact]
    public void Gpu_that_is_part_of_the_processor_is_named_and_does_not_count()
    {
        var probe = new DxgiProbe(() => [Radeon with { Name = "AMD Radeon(TM) Graphics", Dedicated = GiB / 2 }], static () => []);
        Assert.Empty(probe.Read());
        Assert.StartsWith("AMD Radeon(TM) Graphics, a GPU that is part of the processor", Assert.Single(probe.LeftOut), StringComparison.Ordinal);
    }

    [Fact]
    public void Card_shows_what_the_monitoring_library_reads_of_it_and_goes_without_where_that_fails()
    {
        var card = Assert.Single(new DxgiProbe(() => [Radeon], static () => [new CardSensors("amd radeon rx 7900 xtx", 0.37, 61, 180)]).Read());
        Assert.Equal((0.37, 61.0, 180.0), (card.Facts!.Utilisation!.Value, card.Facts.Temperature!.Value, card.Facts.Power!.Value));

        card = Assert.Single(new DxgiProbe(() => [Radeon], static () => throw new DllNotFoundException("atiadlxx.dll")).Read());
        Assert.Equal((24 * GiB, null, null), (card.Total.Bytes, card.Facts!.Temperature, card.Facts.Problem));
    }

    [Fact]
    public void Counter_of_an_adapter_has_both_halves_of_its_number()
    {
#pragma warning disable CA1416 // Names the counter and asks nothing.
        Assert.Equal(@"\GPU Adapter Memory(luid_0x00000001_0x0000A0A9_phys_0)\Dedicated Usage", AdapterCounters.PathOf(Radeon.Luid));
#pragma warning restore CA1416
    }

    private static IEnumerable<string> Read(params DxgiReading[] adapters) =>
        new DxgiProbe(() => adapters, static () => []).Read().Select(d => $"{d.Name} {d.Kind} {d.Total.Bytes >> 30} {d.Free!.Value.Bytes >> 30}");
}
