using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Hardware.Nvml;
using Homelab.Tests.EndToEnd;

namespace Homelab.Tests.Hardware.Nvml;

/// <summary>NVIDIA's GPUs, by a library that answers as the driver's would.</summary>
public sealed class NvmlProbeTests
{
    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Gpus_are_told_with_their_memory_and_what_they_are()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 20, reservedGibibytes: 0.5).Gpu("GPU-bbbb", 8, 8, "Quadro").Apply();
        using var probe = fake.Probe();

        var devices = probe.Read();

        Assert.Equal(["gpu0 Cuda 23.5 20", "gpu1 Cuda 8 8"], devices.Select(Line));
        var facts = devices[0].Facts!;
        Assert.Equal(("NVIDIA_GeForce_RTX_3090", "GPU-aaaa", 0.37, 61.0, 120.5, 16), (facts.Product, facts.Uuid, facts.Utilisation, facts.Temperature, facts.Power, facts.LinkWidth));
        Assert.Null(facts.LinkGeneration);
        Assert.Null(facts.Problem);
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Library_older_than_the_second_form_of_the_figures_is_read_by_the_first()
    {
        using var fake = await FakeNvml.MakeAsync();
        fake.IsOld = true;
        fake.Gpu("GPU-aaaa", 24, 20, reservedGibibytes: 0.5).Apply();
        using var probe = fake.Probe();

        Assert.Equal(["gpu0 Cuda 24 20"], probe.Read().Select(Line));
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Gpu_that_is_split_up_is_its_parts_and_not_itself_too()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 80, 79).Gpu("GPU-bbbb", 24, 24).Part(0, "MIG-1111", 40, 39).Part(0, "MIG-2222", 20, 20).Apply();
        using var probe = fake.Probe();

        var devices = probe.Read();

        Assert.Equal(["gpu0 Cuda 40 39", "gpu1 Cuda 20 20", "gpu2 Cuda 24 24"], devices.Select(Line));
        Assert.Equal(("MIG-1111", "NVIDIA_GeForce_RTX_3090", null, 61.0), (devices[0].Facts!.Uuid, devices[0].Facts!.Product, devices[0].Facts!.Utilisation, devices[0].Facts!.Temperature));
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Gpu_that_falls_off_the_bus_has_nothing_free_and_says_why_and_comes_back()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 20).Gpu("GPU-bbbb", 8, 8).Apply();
        using var probe = fake.Probe();
        probe.Read();

        fake.Clear().Gpu("GPU-aaaa", 24, 20, error: 999).Gpu("GPU-bbbb", 8, 8, error: 15).Apply();
        var lost = probe.Read();
        Assert.Equal(["gpu0 Cuda 24 0", "gpu1 Cuda 0 0"], lost.Select(Line));
        Assert.Equal(["the driver cannot read it: Unknown Error", "the driver cannot read it: GPU is lost"], lost.Select(d => d.Facts!.Problem));

        fake.Clear().Gpu("GPU-aaaa", 24, 21).Gpu("GPU-bbbb", 8, 7).Apply();
        Assert.Equal(["gpu0 Cuda 24 21", "gpu1 Cuda 8 7"], probe.Read().Select(Line));
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Gpu_without_memory_of_its_own_is_left_to_the_machines()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 0, 0, "GB10", error: 3).Apply();
        using var probe = fake.Probe();

        Assert.Empty(probe.Read());
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Driver_that_is_unloaded_and_loaded_again_is_found_again()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 20).Apply();
        using var probe = fake.Probe();
        Assert.Single(probe.Read());

        fake.Count = 9;
        fake.Init = 9;
        fake.Apply();
        Assert.Empty(probe.Read());
        Assert.Empty(probe.Read());

        fake.Count = 0;
        fake.Init = 0;
        fake.Apply();
        Assert.Contains(Enumerable.Range(0, 25).Select(_ => probe.Read()), devices => devices.Length == 1);
    }

    [Fact]
    public void Machine_without_the_library_has_no_gpu_and_is_not_searched_every_time()
    {
        var searches = 0;
        using var probe = new NvmlProbe(
            () =>
            {
                searches++;
                return NvmlLibrary.TryOpen("/nowhere/libnvidia-ml.so.1");
            },
            null);

        Assert.All(Enumerable.Range(0, 42), _ => Assert.Empty(probe.Read()));
        Assert.Equal(2, searches);
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Device_keeps_its_name_whatever_cuda_programs_may_see()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 20).Gpu("GPU-bbbb", 8, 8).Apply();
        using var probe = fake.Probe("1");

        Assert.Equal(["gpu1 Cuda 8 8"], probe.Read().Select(Line));
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Index_means_the_fastest_as_cuda_counts_and_the_name_stays_that_of_the_bus()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 8, 8, "slow").Gpu("GPU-bbbb", 24, 20, "fast").Speed("GPU-aaaa", 2000, 1500).Speed("GPU-bbbb", 10000, 1900).Apply();
        using var byDefault = fake.Probe("0");
        using var byBus = fake.Probe("0", "PCI_BUS_ID");

        Assert.Equal(["gpu1 Cuda 24 20"], byDefault.Read().Select(Line));
        Assert.Equal(["gpu0 Cuda 8 8"], byBus.Read().Select(Line));
    }

    private static string Line(DeviceReading device) => FormattableString.Invariant($"{device.Name} {device.Kind} {Gibibytes(device.Total)} {Gibibytes(device.Free!.Value)}");

    private static double Gibibytes(ByteSize size) => size.Bytes / (double)(1L << 30);
}
