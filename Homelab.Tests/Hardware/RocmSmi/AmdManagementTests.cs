using Homelab.Domain.Memory;
using Homelab.Hardware.Drm;
using Homelab.Hardware.RocmSmi;
using Homelab.Tests.EndToEnd;
using Homelab.Tests.Hardware.Drm;
using Homelab.Tests.Hardware.Nvml;

namespace Homelab.Tests.Hardware.RocmSmi;

/// <summary>AMD's management libraries, by ones that answer as they would, beside the files of the kernel.</summary>
public sealed class AmdManagementTests
{
    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Rocm_smi_tells_of_each_gpu_by_its_place_on_the_bus()
    {
        using var fake = (await FakeAmd.MakeAsync(isAmdSmi: false)).Gpu("100004300", 24, 6).Gpu("300", 0, 0).Apply();
        using var library = fake.Open()!;

        Assert.Equal(2, library.Count());
        Assert.Equal(("0001:43:00.0", "0000:03:00.0"), (library.Slot(0), library.Slot(1)));
        Assert.Equal(new AmdManagementReading(24L << 30, 6L << 30, 16L << 30, 0, "Radeon_RX_7900_XTX", 0.42, 55, 99.5), library.Read(0));
        Assert.Null(library.Read(1));
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Amd_smi_tells_the_same_but_the_power()
    {
        using var fake = (await FakeAmd.MakeAsync(isAmdSmi: true)).Gpu("300", 24, 6).Gpu("4300", 16, 1).Gpu("8300", 0, 0).Apply();
        using var library = fake.Open()!;

        Assert.Equal(3, library.Count());
        Assert.Equal(["0000:03:00.0", "0000:43:00.0", "0000:83:00.0"], Enumerable.Range(0, 3).Select(library.Slot));
        Assert.Equal(new AmdManagementReading(24L << 30, 6L << 30, 16L << 30, 0, "Radeon_RX_7900_XTX", 0.42, 55, null), library.Read(0));
        Assert.Equal(16L << 30, library.Read(1)!.Vram);
        Assert.Null(library.Read(2));
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Library_without_its_driver_is_none()
    {
        using var fake = await FakeAmd.MakeAsync(isAmdSmi: false);
        fake.Init = 8;
        fake.Apply();

        Assert.Null(fake.Open());
        Assert.Null(RocmSmiLibrary.TryOpen(["/nowhere/librocm_smi64.so"]));
        Assert.Null(AmdSmiLibrary.TryOpen([fake.Path]));
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Librarys_figures_go_before_those_of_the_files_and_the_files_stand_in_for_it()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Card(0, "0000:03:00.0"), RecordedGpus.Card(1, "0000:43:00.0"), RecordedGpus.Node(1, 110000, 3), RecordedGpus.Node(2, 110000, 0x43));

        // The second card's memory the library cannot tell; a third one the kernel does not list.
        using var fake = (await FakeAmd.MakeAsync(isAmdSmi: false)).Gpu("300", 24, 23).Gpu("4300", 0, 0).Gpu("8300", 99, 0).Apply();
        using var probe = new AmdProbe(tree.Root, fake.Open, _ => null);

        var devices = probe.Read();
        Assert.Equal(["amd0 24 1", "amd1 24 20"], devices.Select(Line));
        Assert.Equal(("Radeon_RX_7900_XTX", 0.42, 55.0, 99.5, 16), (devices[0].Facts!.Product, devices[0].Facts!.Utilisation, devices[0].Facts!.Temperature, devices[0].Facts!.Power, devices[0].Facts!.LinkWidth));

        fake.Count = 8;
        fake.Apply();
        Assert.Equal(["amd0 24 20", "amd1 24 20"], probe.Read().Select(Line));

        fake.Count = 0;
        fake.Apply();
        Assert.Contains(Enumerable.Range(0, 25).Select(_ => probe.Read()), again => Line(again[0]) == "amd0 24 1");
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Card_that_sleeps_is_not_asked_about()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Card(0, "0000:03:00.0", power: "suspended"), RecordedGpus.Card(1, "0000:43:00.0"));
        using var fake = (await FakeAmd.MakeAsync(isAmdSmi: false)).Gpu("300", 24, 23).Gpu("4300", 24, 22).Apply();
        using var probe = new AmdProbe(tree.Root, fake.Open, _ => null);

        Assert.Equal(["amd0 24 20", "amd1 24 2"], probe.Read().Select(Line));
    }

    [Fact]
    public void Machine_without_the_library_is_not_searched_every_time()
    {
        using var tree = RecordedGpus.Tree(RecordedGpus.Card(0, "0000:03:00.0"));
        var searches = 0;
        using var probe = new AmdProbe(
            tree.Root,
            () =>
            {
                searches++;
                return null;
            },
            _ => null);

        Assert.All(Enumerable.Range(0, 42), _ => Assert.Single(probe.Read()));
        Assert.Equal(2, searches);
    }

    private static string Line(DeviceReading device) => $"{device.Name} {device.Total.Bytes >> 30} {device.Free!.Value.Bytes >> 30}";
}
