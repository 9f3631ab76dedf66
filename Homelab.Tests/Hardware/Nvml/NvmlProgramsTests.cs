using Homelab.Domain.Memory;
using Homelab.Hardware;
using Homelab.Tests.EndToEnd;

namespace Homelab.Tests.Hardware.Nvml;

/// <summary>Who holds a GPU's memory, by a library that answers as the driver's would.</summary>
public sealed class NvmlProgramsTests
{
    private const ulong Mebibyte = 1 << 20;

    [ProgramTheory("cc", FakeNvml.Source)]
    [InlineData(3)]
    [InlineData(2)]
    [InlineData(1)]
    public async Task Programs_are_told_largest_first_by_whatever_form_the_driver_serves(int form)
    {
        using var fake = await FakeNvml.MakeAsync();
        fake.ProcessForm = form;
        fake.Gpu("GPU-aaaa", 24, 20).Gpu("GPU-bbbb", 8, 8).Holder("GPU-aaaa", 101, 300 * Mebibyte, draws: true).Holder("GPU-aaaa", 102, 2000 * Mebibyte).Holder("GPU-aaaa", 103, 900 * Mebibyte).Apply();
        using var probe = fake.Probe();

        var devices = probe.Read();

        Assert.Equal(["102 2000", "103 900", "101 300"], devices[0].Facts!.Programs.Select(Line));
        Assert.Empty(devices[1].Facts!.Programs);
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Program_that_computes_and_draws_is_told_once()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 20).Holder("GPU-aaaa", 7, 512 * Mebibyte).Holder("GPU-aaaa", 7, 512 * Mebibyte, draws: true).Apply();
        using var probe = fake.Probe();

        Assert.Equal(["7 512"], probe.Read()[0].Facts!.Programs.Select(Line));
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Figure_that_the_driver_does_not_tell_or_that_cannot_be_is_none()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 20)
            .Holder("GPU-aaaa", 7, ulong.MaxValue).Holder("GPU-aaaa", 8, 25UL << 30).Holder("GPU-aaaa", 9, Mebibyte).Holder("GPU-aaaa", 0, Mebibyte).Apply();
        using var probe = fake.Probe();

        Assert.Equal(["9 1", "7 -", "8 -"], probe.Read()[0].Facts!.Programs.Select(Line));
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Long_list_is_read_whole_and_its_largest_are_told()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 80, 20);
        for (var process = 1; process <= 150; process++)
        {
            fake.Holder("GPU-aaaa", process, (ulong)process * Mebibyte);
        }

        fake.Apply();
        using var probe = fake.Probe();

        var programs = probe.Read()[0].Facts!.Programs;
        Assert.Equal(32, programs.Length);
        Assert.Equal("150 150", Line(programs[0]));
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Part_of_a_gpu_has_its_own_programs()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 80, 79).Part(0, "MIG-1111", 40, 39).Part(0, "MIG-2222", 20, 20)
            .Holder("MIG-1111", 5, Mebibyte).Holder("MIG-2222", 6, Mebibyte).Holder("GPU-aaaa", 5, Mebibyte).Holder("GPU-aaaa", 6, Mebibyte).Apply();
        using var probe = fake.Probe();

        Assert.Equal(["5 1", "6 1"], probe.Read().Select(d => Line(Assert.Single(d.Facts!.Programs))));
    }

    [ProgramFact("cc", FakeNvml.Source)]
    public async Task Engines_processes_ours_and_others_are_told_apart()
    {
        using var tree = new FileTree(("proc/10/stat", "10 (ollama) S 1 10"), ("proc/11/stat", "11 (runner) S 10 10"), ("proc/20/stat", "20 (blender) S 1 20"), ("proc/30/stat", "30 (homelab) S 1 30"));
        Directory.CreateDirectory(Path.Combine(tree.Root, "proc/self/ns"));
        File.CreateSymbolicLink(Path.Combine(tree.Root, "proc/self/ns/pid"), "pid:[4026531836]");
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 20)
            .Holder("GPU-aaaa", 11, 4 * Mebibyte).Holder("GPU-aaaa", 20, 3 * Mebibyte).Holder("GPU-aaaa", 30, 2 * Mebibyte).Holder("GPU-aaaa", 99, Mebibyte).Apply();
        using var probe = fake.Probe(programs: new LinuxPrograms(tree.Root, self: 30));

        Assert.Equal(["runner Engine", "blender Other", "homelab Homelab", " Unknown"], probe.Read()[0].Facts!.Programs.Select(p => $"{p.Name} {p.Owner}"));
    }

    private static string Line(DeviceProgram program) => FormattableString.Invariant($"{program.Id} {(program.Bytes is { } bytes ? (bytes.Bytes >> 20).ToString(System.Globalization.CultureInfo.InvariantCulture) : "-")}");
}
