using System.Formats.Tar;
using System.IO.Compression;
using Homelab.Engines.Ollama;
using Homelab.Processes;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>Hostile archives: nothing is written outside the folder, whatever the member is called.</summary>
public sealed class ArchiveReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> HostileMembers => [.. Hostile.Keys];

    private static Dictionary<string, TarEntry[]> Hostile => new()
    {
        ["parent"] = [TestArchive.File("../evil")],
        ["parent in the middle"] = [TestArchive.File("a/../../evil")],
        ["absolute"] = [TestArchive.File("/tmp/homelab-evil")],
        ["backslashes"] = [TestArchive.File("..\\evil")],
        ["drive"] = [TestArchive.File("C:evil")],
        ["link out"] = [TestArchive.Link("a", "../evil")],
        ["link out from deeper"] = [TestArchive.Link("a/b/c", "../../../evil")],
        ["absolute link"] = [TestArchive.Link("a", "/etc")],
        ["member behind a link"] = [TestArchive.Link("a", "b"), TestArchive.File("a/evil")],
        ["file over a link"] = [TestArchive.Link("a", "b"), TestArchive.File("a")],
        ["link over a file"] = [TestArchive.File("a"), TestArchive.Link("a", "b")],
        ["hard link out"] = [TestArchive.Link("a", "../evil", TarEntryType.HardLink)],
        ["hard link to a link"] = [TestArchive.File("b"), TestArchive.Link("l", "b"), TestArchive.Link("a", "l", TarEntryType.HardLink)],
        ["hard link to nothing"] = [TestArchive.Link("a", "b", TarEntryType.HardLink)],
        ["twice"] = [TestArchive.File("a"), TestArchive.File("./a")],
        ["device"] = [new PaxTarEntry(TarEntryType.CharacterDevice, "null") { DeviceMajor = 1, DeviceMinor = 3 }],
        ["pipe"] = [new PaxTarEntry(TarEntryType.Fifo, "pipe")],
    };

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(HostileMembers))]
    public async Task Archive_that_would_reach_outside_is_refused(string member)
    {
        var archive = await Write("a.tgz", TestArchive.Gzip(TestArchive.Tar([TestArchive.File("first"), .. Hostile[member]])));
        var failure = await Assert.ThrowsAsync<InstallException>(() => ArchiveReader.UnpackAsync(archive, _folder.At("out"), default));
        Assert.Contains("not to be trusted", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["a.tgz", "out"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(File.Exists("/tmp/homelab-evil"));
        Assert.DoesNotContain("evil", Directory.GetFiles(_folder.At("out"), "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Links_and_hard_links_inside_are_kept()
    {
        var archive = await Write("a.tgz", TestArchive.Gzip(TestArchive.Tar(TestArchive.File("lib/x.so.1", "content"), TestArchive.Link("bin/x", "../lib/x.so.1"), TestArchive.Link("copy", "lib/x.so.1", TarEntryType.HardLink))));
        await ArchiveReader.UnpackAsync(archive, _folder.At("out"), default);
        Assert.Equal("content", await File.ReadAllTextAsync(_folder.At("out", "bin", "x")));
        Assert.Equal("content", await File.ReadAllTextAsync(_folder.At("out", "copy")));
    }

    [UnixFact]
    public async Task Set_user_id_and_write_bits_of_others_are_not_kept()
    {
        var archive = await Write("a.tgz", TestArchive.Gzip(TestArchive.Tar(TestArchive.File("a", "x", (UnixFileMode)0b111_111_111_111))));
        await ArchiveReader.UnpackAsync(archive, _folder.At("out"), default);
#pragma warning disable CA1416 // the test runs on Linux only
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(_folder.At("out", "a")));
#pragma warning restore CA1416
    }

    [Theory]
    [InlineData("ollama.exe", false)]
    [InlineData("lib/ollama/a.dll", false)]
    [InlineData("../evil", true)]
    [InlineData("..\\evil", true)]
    public async Task Zip_archive_is_unpacked_under_the_same_rules(string member, bool hostile)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            await using var entry = zip.CreateEntry(member).Open();
            entry.Write("x"u8);
        }

        var archive = await Write("a.zip", stream.ToArray());
        if (hostile)
        {
            await Assert.ThrowsAsync<InstallException>(() => ArchiveReader.UnpackAsync(archive, _folder.At("out"), default));
        }
        else
        {
            await ArchiveReader.UnpackAsync(archive, _folder.At("out"), default);
            Assert.True(File.Exists(_folder.At("out", member)));
        }
    }

    [Theory]
    [InlineData("a.tar.zst")]
    [InlineData("a.tgz")]
    [InlineData("a.zip")]
    public async Task File_that_is_no_archive_is_broken(string name)
    {
        var archive = await Write(name, "<html>not an archive at all, not at all</html>"u8.ToArray());
        await Assert.ThrowsAsync<InstallException>(() => ArchiveReader.UnpackAsync(archive, _folder.At("out"), default));
    }

    /// <summary>As the release workflow makes them: tar, then zstd at level 19 in several threads.</summary>
    [ZstdToolFact]
    public async Task Archive_made_by_the_tools_of_the_release_workflow_is_unpacked()
    {
        Directory.CreateDirectory(_folder.At("in", "bin"));
        var content = new byte[12 << 20];
        new Random(1).NextBytes(content.AsSpan(0, 6 << 20));
        await File.WriteAllBytesAsync(_folder.At("in", "bin", "ollama"), content);
        var archive = _folder.At("a.tar.zst");
        var environment = new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! };
        await using var tools = ChildProcess.Start(
            new ChildProcessStart("/bin/sh", ["-c", $"tar c -C {_folder.At("in")} bin --owner 0 --group 0 | zstd -q -19 -T0 > {archive}"], environment, _folder.At("log")),
            TimeProvider.System);
        Assert.Equal(0, await tools.Exited);
        await ArchiveReader.UnpackAsync(archive, _folder.At("out"), default);
        var unpacked = await File.ReadAllBytesAsync(_folder.At("out", "bin", "ollama"));
        Assert.True(content.AsSpan().SequenceEqual(unpacked));
    }

    private async Task<string> Write(string name, byte[] bytes)
    {
        await File.WriteAllBytesAsync(_folder.At(name), bytes);
        return _folder.At(name);
    }

    /// <summary>A test that needs tar and zstd.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ZstdToolFactAttribute : FactAttribute
    {
        public ZstdToolFactAttribute()
        {
            if (ExecutableSearch.OnPath("zstd", Environment.GetEnvironmentVariable("PATH")) is null)
            {
                Skip = "there is no zstd on PATH";
            }
        }
    }
}
