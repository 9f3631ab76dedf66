using System.Runtime.Versioning;
using Homelab.Apps.Manifests;
using Homelab.Processes;
using Homelab.Tests.EndToEnd;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Apps.Manifests;

/// <summary>Which files are taken for manifests at all. Owners and rights are those of Linux and macOS.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ManifestFileTests : IDisposable
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();

    [UnixFact]
    public void Own_file_is_read_whole()
    {
        Write("x.yaml", "name: x\n");

        Assert.Equal("name: x\n"u8.ToArray(), ManifestFile.Read(_folder.At("x.yaml"), out var problem));
        Assert.Null(problem);
    }

    [UnixFact]
    public void File_that_others_can_write_is_refused()
    {
        Write("x.yaml", "name: x\n");
        File.SetUnixFileMode(_folder.At("x.yaml"), Mine | UnixFileMode.OtherWrite);

        Assert.Null(ManifestFile.Read(_folder.At("x.yaml"), out var problem));
        Assert.Equal("can be written by others; run: chmod go-w on it", problem);
    }

    [UnixFact]
    public void File_that_its_group_can_write_is_refused_unless_the_group_is_the_users_own()
    {
        var facts = new PosixFileFacts(PosixFileKind.File, 1, (1, 1), 0, 0, Owner: 1001, Group: 1005, Mine | UnixFileMode.GroupWrite);

        Assert.Null(ManifestFile.JudgeOwner(facts, 1001, (user, group) => (user, group) == (1001, 1005)));
        Assert.Equal("can be written by others; run: chmod go-w on it", ManifestFile.JudgeOwner(facts, 1001, (_, _) => false));
    }

    [UnixFact]
    public void File_of_another_user_is_refused_and_of_root_is_not()
    {
        var facts = new PosixFileFacts(PosixFileKind.File, 1, (1, 1), 0, 0, Owner: 1001, Group: 1001, Mine);

        Assert.Null(ManifestFile.JudgeOwner(facts, 1001, (_, _) => false));
        Assert.Null(ManifestFile.JudgeOwner(facts with { Owner = 0 }, 1001, (_, _) => false));
        Assert.Equal("belongs to another user; whoever runs the daemon must own it", ManifestFile.JudgeOwner(facts, 1002, (_, _) => true));
        Assert.Equal("belongs to another user; whoever runs the daemon must own it", ManifestFile.JudgeOwner(facts, 0, (_, _) => true));
    }

    [UnixFact]
    public void Link_is_judged_by_what_it_leads_to()
    {
        Write("target", "name: x\n");
        File.CreateSymbolicLink(_folder.At("x.yaml"), _folder.At("target"));
        Assert.NotNull(ManifestFile.Read(_folder.At("x.yaml"), out _));

        File.SetUnixFileMode(_folder.At("target"), Mine | UnixFileMode.OtherWrite);
        Assert.Null(ManifestFile.Read(_folder.At("x.yaml"), out var problem));
        Assert.Equal("can be written by others; run: chmod go-w on it", problem);
    }

    [UnixFact]
    public void Circle_of_links_is_a_problem()
    {
        File.CreateSymbolicLink(_folder.At("a.yaml"), _folder.At("b.yaml"));
        File.CreateSymbolicLink(_folder.At("b.yaml"), _folder.At("a.yaml"));

        Assert.Null(ManifestFile.Read(_folder.At("a.yaml"), out var problem));
        Assert.Equal("is a link that leads in a circle", problem);
    }

    [UnixFact]
    public void What_is_not_there_is_a_problem()
    {
        File.CreateSymbolicLink(_folder.At("a.yaml"), _folder.At("nowhere"));

        foreach (var name in (string[])["a.yaml", "none.yaml"])
        {
            Assert.Null(ManifestFile.Read(_folder.At(name), out var problem));
            Assert.Equal("does not exist, or is a link to something that does not", problem);
        }
    }

    [UnixFact]
    public void Folder_and_device_are_no_manifests()
    {
        Directory.CreateDirectory(_folder.At("d.yaml"));
        Assert.Null(ManifestFile.Read(_folder.At("d.yaml"), out var problem));
        Assert.Equal("is a folder, not a file", problem);

        File.CreateSymbolicLink(_folder.At("z.yaml"), "/dev/zero");
        Assert.Null(ManifestFile.Read(_folder.At("z.yaml"), out problem));
        Assert.Equal("is not a regular file", problem);
    }

    [UnixFact]
    public async Task Pipe_is_no_manifest_and_nobody_waits_for_its_other_end()
    {
        await using var process = TestProcess.Start("mkfifo", [_folder.At("p.yaml")]);
        Assert.Equal(0, await process.ExitAsync(TimeSpan.FromSeconds(30)));

        Assert.Null(ManifestFile.Read(_folder.At("p.yaml"), out var problem));
        Assert.Equal("is not a regular file", problem);
        using var held = PosixFiles.OpenRead(_folder.At("p.yaml"), out _);
        Assert.NotNull(held);
        Assert.Equal(PosixFileKind.Other, PosixFiles.Facts(held, out _)!.Value.Kind);
    }

    [UnixFact]
    public void Size_is_bounded()
    {
        Write("x.yaml", new string(' ', ManifestFile.MaximumBytes));
        Assert.Equal(ManifestFile.MaximumBytes, ManifestFile.Read(_folder.At("x.yaml"), out _)?.Length);

        Write("x.yaml", new string(' ', ManifestFile.MaximumBytes + 1));
        Assert.Null(ManifestFile.Read(_folder.At("x.yaml"), out var problem));
        Assert.Equal("is larger than 256 KiB", problem);
    }

    [UnixFact]
    public void Facts_change_with_content_rights_and_identity()
    {
        Write("x.yaml", "a");
        var first = ManifestFile.Facts(_folder.At("x.yaml"))!.Value;
        Assert.Equal((PosixFileKind.File, 1L, PosixFiles.User), (first.Kind, first.SizeBytes, first.Owner));
        Assert.Equal(Mine, first.Mode);

        File.SetUnixFileMode(_folder.At("x.yaml"), UnixFileMode.UserRead);
        var second = ManifestFile.Facts(_folder.At("x.yaml"))!.Value;
        Assert.NotEqual(first, second);

        Write("y.yaml", "a");
        File.Move(_folder.At("y.yaml"), _folder.At("x.yaml"), overwrite: true);
        Assert.NotEqual(second.Identity, ManifestFile.Facts(_folder.At("x.yaml"))!.Value.Identity);
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string name, string text)
    {
        File.WriteAllText(_folder.At(name), text);
        File.SetUnixFileMode(_folder.At(name), Mine);
    }
}
