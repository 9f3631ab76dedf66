using Homelab.Domain.Memory;
using Homelab.Hardware;

namespace Homelab.Tests.Hardware;

/// <summary>Whose a process is.</summary>
public sealed class LinuxProgramsTests
{
    private const int Self = 50;

    // systemd, an Ollama of the system with its runner, this daemon with an app and with an Ollama of its own, and a desktop.
    private static readonly (string Path, string Text)[] Machine =
    [
        Process(1, "systemd", 0),
        Process(10, "ollama", 1),
        Process(11, "llama-box", 10),
        Process(Self, "homelab", 1),
        Process(51, "whisper", Self),
        Process(52, "ollama", Self),
        Process(53, "runner", 52),
        Process(70, "gnome-shell", 1),
        Process(71, "a (b) 1 c", 70),
        Process(72, "evil\u001b[2J", 70),
        Process(80, "loop", 81),
        Process(81, "loop", 80),
    ];

    [Theory]
    [InlineData(10, "ollama", "Engine")]
    [InlineData(11, "llama-box", "Engine")]
    [InlineData(Self, "homelab", "Homelab")]
    [InlineData(51, "whisper", "Homelab")]
    [InlineData(53, "runner", "Engine")]
    [InlineData(70, "gnome-shell", "Other")]
    [InlineData(71, "a (b) 1 c", "Other")]
    [InlineData(72, "evil?[2J", "Other")]
    [InlineData(80, "loop", "Other")]
    [InlineData(99, null, "Unknown")]
    public void Process_is_named_and_belongs_to_who_started_it(int id, string? name, string owner)
    {
        using var tree = Tree("pid:[4026531836]");
        Assert.Equal((name, Enum.Parse<ProgramOwner>(owner)), new LinuxPrograms(tree.Root, Self).Of(id));
    }

    [Theory]
    [InlineData("pid:[4026532201]")]
    [InlineData(null)]
    public void Inside_a_container_the_drivers_numbers_are_nobodys(string? space)
    {
        using var tree = Tree(space);
        Assert.Equal((null, ProgramOwner.Unknown), new LinuxPrograms(tree.Root, Self).Of(70));
    }

    [Fact]
    public void Number_that_is_given_again_is_read_again()
    {
        using var tree = Tree("pid:[4026531836]");
        var programs = new LinuxPrograms(tree.Root, Self);
        Assert.Equal("gnome-shell", programs.Of(70).Name);
        File.WriteAllText(Path.Combine(tree.Root, "proc/70/stat"), "70 (blender) S 1 70");

        programs.Renew();

        Assert.Equal("blender", programs.Of(70).Name);
    }

    private static (string Path, string Text) Process(int id, string name, int parent) => ($"proc/{id}/stat", $"{id} ({name}) S {parent} {id} {id} 0 -1\n");

    private static FileTree Tree(string? space)
    {
        var tree = new FileTree(Machine);
        if (space is not null)
        {
            Directory.CreateDirectory(Path.Combine(tree.Root, "proc/self/ns"));
            File.CreateSymbolicLink(Path.Combine(tree.Root, "proc/self/ns/pid"), space);
        }

        return tree;
    }
}
