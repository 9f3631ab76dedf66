using System.Text;
using Homelab.Hardware.Files;
using Homelab.Tests.Roles.Daemon.Infra;

namespace Homelab.Tests.Hardware.Files;

/// <summary>Opening below a root where the kernel cannot hold links there: part by part, following none.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class UnixEntryTests
{
    [UnixFact]
    public void A_file_is_read_and_a_folder_listed_with_what_its_entries_are()
    {
        using var folder = new InfraFolder();
        folder.Write("sub/app.log", "line");
        Directory.CreateSymbolicLink(folder.At("sub", "link"), "/etc");

        using var file = UnixEntry.OpenBelow(folder.At(), ["sub", "app.log"]);
        using var bytes = file.OpenRead();
        var buffer = new byte[16];
        Assert.Equal("line", Encoding.UTF8.GetString(buffer, 0, RandomAccess.Read(bytes, buffer, 0)));
        Assert.Equal((EntryKind.File, 4), (file.Facts.Kind, file.Facts.SizeBytes));
        using var listed = UnixEntry.OpenBelow(folder.At(), ["sub"]);
        Assert.Equal([("app.log", EntryKind.File), ("link", EntryKind.Link)], listed.Entries().Select(e => (e.Name, e.Facts!.Value.Kind)).OrderBy(e => e.Name, StringComparer.Ordinal));
    }

    [UnixFact]
    public async Task Links_are_not_followed_and_a_pipe_or_device_is_not_opened()
    {
        using var folder = new InfraFolder();
        folder.Write("sub/app.log", "line");
        Directory.CreateSymbolicLink(folder.At("link"), "sub");
        File.CreateSymbolicLink(folder.At("link.log"), "sub/app.log");
        await folder.PipeAsync("pipe");

        Assert.All((string[][])[["link", "app.log"], ["link.log"], ["link"]], way => Assert.Equal(OpenProblem.NotFollowed, Problem(folder.At(), way)));
        Assert.Equal(OpenProblem.NotFound, Problem(folder.At(), "sub", "gone"));
        Assert.Equal(OpenProblem.NotAFolder, Problem(folder.At(), "pipe", "x"));
        Assert.Equal(OpenProblem.NotAFolder, Problem(folder.At(), "sub", "app.log", "x"));
        using var pipe = UnixEntry.OpenBelow(folder.At(), ["pipe"]);
        using var device = UnixEntry.OpenBelow("/dev", ["null"]);
        Assert.Equal((EntryKind.Pipe, EntryKind.Device), (pipe.Facts.Kind, device.Facts.Kind));
    }

    [UnixFact]
    public async Task A_folder_that_is_exchanged_for_a_link_never_leads_out()
    {
        using var folder = new InfraFolder();
        folder.Write("inside/app.log", "inside");
        Directory.CreateDirectory(Path.Combine(folder.Above, "elsewhere"));
        await File.WriteAllTextAsync(Path.Combine(folder.Above, "elsewhere", "app.log"), InfraFolder.Outside);
        Directory.CreateSymbolicLink(folder.At("link"), Path.Combine(folder.Above, "elsewhere"));
        using var over = new CancellationTokenSource();
        var swaps = 0;
        var swapping = Task.Run(() =>
        {
            for (; !over.IsCancellationRequested; swaps++)
            {
                Directory.Move(folder.At("inside"), folder.At("spare"));
                Directory.Move(folder.At("link"), folder.At("inside"));
                Directory.Move(folder.At("inside"), folder.At("link"));
                Directory.Move(folder.At("spare"), folder.At("inside"));
            }
        });
        var refused = 0;
        var buffer = new byte[64];
        for (var i = 0; (i < 10_000 || Volatile.Read(ref swaps) < 200) && !swapping.IsCompleted; i++)
        {
            try
            {
                using var entry = UnixEntry.OpenBelow(folder.At(), ["inside", "app.log"]);
                using var bytes = entry.OpenRead();
                Assert.Equal("inside", Encoding.UTF8.GetString(buffer, 0, RandomAccess.Read(bytes, buffer, 0)));
            }
            catch (OpenRefusedException)
            {
                refused++;
            }
        }

        await over.CancelAsync();
        await swapping;
        Assert.True(refused > 0, $"none refused in {swaps} exchanges: nothing was tried");
    }

    private static OpenProblem Problem(string root, params string[] way) => Assert.Throws<OpenRefusedException>(() => UnixEntry.OpenBelow(root, way)).Problem;
}
