using Homelab.Apps.Downloads;
using Homelab.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Apps.Downloads;

public sealed class AppDownloadsTests
{
    private static readonly byte[] Bytes = DownloadRig.Content(1_000_000);

    [Fact]
    public async Task Two_apps_that_want_the_same_share_one_transfer_and_one_copy()
    {
        await using var rig = await DownloadRig.StartAsync();
        var release = new TaskCompletionSource();
        rig.Server.Hold = release.Task;
        var demand = rig.Offer(Bytes);
        var all = Task.WhenAll(rig.EnsureAsync("a", demand), rig.EnsureAsync("b", demand with { Path = "other.bin" }), rig.EnsureAsync("a", demand));
        await DownloadRig.UntilAsync("both are on their way", () => rig.Downloads.Running.Length == 2);
        release.SetResult();
        await all;

        Assert.Single(rig.Server.Requests);
        Assert.Equal(Bytes, rig.Read("a"));
        Assert.True(IsOneFile(rig.At("a"), rig.At("b", "other.bin")));
        Assert.Empty(rig.Downloads.Running);
    }

    [Fact]
    public async Task Later_app_gets_a_second_name_for_what_is_there()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes);
        await rig.EnsureAsync("a", demand);
        await rig.RestartAsync();

        await rig.EnsureAsync("b", demand);

        Assert.Single(rig.Server.Requests);
        Assert.True(IsOneFile(rig.At("a"), rig.At("b")));
    }

    [Fact]
    public async Task Disk_without_second_names_gets_a_copy()
    {
        await using var rig = await DownloadRig.StartAsync(options => options with { Link = (_, _) => false });
        var demand = rig.Offer(Bytes);

        await rig.EnsureAsync("a", demand);
        await rig.EnsureAsync("b", demand);

        Assert.Single(rig.Server.Requests);
        Assert.Equal(Bytes, rig.Read("b"));
        Assert.False(IsOneFile(rig.At("a"), rig.At("b")));
    }

    [Fact]
    public async Task One_who_gives_up_does_not_end_the_transfer_of_the_other()
    {
        await using var rig = await DownloadRig.StartAsync();
        var release = new TaskCompletionSource();
        rig.Server.Hold = release.Task;
        var demand = rig.Offer(Bytes);
        using var ending = new CancellationTokenSource();
        var first = rig.EnsureAsync("a", ending.Token, demand);
        var second = rig.EnsureAsync("b", demand);
        await DownloadRig.UntilAsync("both share the one request", () => rig.Server.Requests.Count == 1 && rig.Downloads.Running.Length == 2);

        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        release.SetResult();
        await second;

        Assert.Single(rig.Server.Requests);
        Assert.False(File.Exists(rig.At("a")));
        Assert.Equal(Bytes, rig.Read("b"));
    }

    [Fact]
    public async Task Last_one_who_gives_up_ends_the_transfer_and_the_next_one_goes_on()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Faults.Enqueue(new FileFault { StallAfter = 400_000 });
        var demand = rig.Offer(Bytes);
        using var ending = new CancellationTokenSource();
        var first = rig.EnsureAsync("a", ending.Token, demand);
        await DownloadRig.UntilAsync("the part has come", () => File.Exists(rig.PartPath(demand)) && new FileInfo(rig.PartPath(demand)).Length == 400_000);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        await rig.EnsureAsync("b", demand);

        Assert.Equal(["", "bytes=400000-"], rig.Server.RangesAsked);
        Assert.Equal(Bytes, rig.Read("b"));
    }

    [Fact]
    public async Task App_whose_own_address_is_good_is_not_failed_by_another_address()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes);
        var release = new TaskCompletionSource();
        rig.Server.Hold = release.Task;
        var bad = rig.FailAsync("a", demand with { Url = rig.Server.At("missing.bin") });
        await DownloadRig.UntilAsync("the bad address is asked", () => rig.Server.Requests.Count == 1);
        var good = rig.EnsureAsync("b", demand);
        await DownloadRig.UntilAsync("both wait", () => rig.Downloads.Running.Length == 2);
        release.SetResult();

        Assert.Contains("404", await bad, StringComparison.Ordinal);
        await good;
        Assert.Equal(Bytes, rig.Read("b"));
    }

    [Fact]
    public async Task File_that_is_there_is_not_asked_for_again()
    {
        await using var rig = await DownloadRig.StartAsync();
        var (withSum, without) = (rig.Offer(Bytes), rig.Offer(Bytes, "loose.bin", withSum: false));
        await rig.EnsureAsync("a", withSum, without);
        await rig.RestartAsync();
        rig.Progress.Clear();

        await rig.EnsureAsync("a", withSum, without);

        Assert.Equal(2, rig.Server.Requests.Count);
        Assert.Empty(rig.Progress);
    }

    [Fact]
    public async Task File_that_was_touched_but_not_changed_is_read_and_kept()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes);
        await rig.EnsureAsync("a", demand);
        File.SetLastWriteTimeUtc(rig.At("a"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.False(rig.Downloads.IsPresent("a", demand));

        await rig.EnsureAsync("a", demand);

        Assert.True(rig.Downloads.IsPresent("a", demand));
        Assert.Single(rig.Server.Requests);
    }

    [Fact]
    public async Task File_that_lies_there_already_is_taken_where_its_sum_is_right()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes);
        Directory.CreateDirectory(rig.Downloads.FolderOf("a"));
        File.WriteAllBytes(rig.At("a"), Bytes);

        await rig.EnsureAsync("a", demand);

        Assert.Empty(rig.Server.Requests);
        Assert.True(rig.Downloads.IsPresent("a", demand));
    }

    [Fact]
    public async Task File_that_an_app_wrote_into_is_fetched_again_for_all_who_share_it()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes);
        await rig.EnsureAsync("a", demand);
        await rig.EnsureAsync("b", demand);
        using (var file = File.OpenWrite(rig.At("a")))
        {
            file.Write("spoilt"u8);
        }

        File.SetLastWriteTimeUtc(rig.At("a"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await rig.EnsureAsync("b", demand);

        Assert.Equal(2, rig.Server.Requests.Count);
        Assert.Equal(Bytes, rig.Read("b"));
        Assert.NotEqual(Bytes, rig.Read("a"));
        await rig.EnsureAsync("a", demand);
        Assert.Equal(Bytes, rig.Read("a"));
        Assert.Equal(2, rig.Server.Requests.Count);
    }

    [Fact]
    public async Task Marks_that_are_damaged_cost_a_reading_and_no_download()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes);
        await rig.EnsureAsync("a", demand);
        File.WriteAllText(Path.Combine(rig.Parts, "verified.json"), "{\"a/model.bin\":null,");
        await rig.RestartAsync();

        await rig.EnsureAsync("a", demand);

        Assert.Single(rig.Server.Requests);
        Assert.Contains(rig.Progress, report => report.State == "checking");
    }

    [Fact]
    public async Task Transfers_at_a_time_are_limited()
    {
        await using var rig = await DownloadRig.StartAsync(options => options with { Parallel = 2 });
        var release = new TaskCompletionSource();
        rig.Server.Hold = release.Task;
        var files = Enumerable.Range(0, 6).Select(i => rig.Offer(DownloadRig.Content(10_000, i), $"{i}.bin")).ToArray();
        var ensuring = rig.EnsureAsync("a", files);
        await DownloadRig.UntilAsync("two are asked for", () => rig.Server.Requests.Count == 2);
        Assert.Equal(6, rig.Downloads.Running.Length);
        release.SetResult();
        await ensuring;

        Assert.Equal(6, rig.Server.Requests.Count);
        Assert.InRange(rig.Server.MostAtOnce, 1, 2);
    }

    [Fact]
    public async Task Room_is_checked_before_the_first_byte()
    {
        await using var rig = await DownloadRig.StartAsync(options => options with { FreeSpace = _ => (256L << 20) + 1_500_000 });
        var (one, two) = (rig.Offer(Bytes) with { LowestSize = 1_000_000 }, rig.Offer(DownloadRig.Content(1_000_000, 2), "two.bin") with { LowestSize = 1_000_000 });

        var message = await rig.FailAsync("a", one, two);

        Assert.Contains("not enough room", message, StringComparison.Ordinal);
        Assert.Empty(rig.Server.Requests);
        await rig.EnsureAsync("a", one);
    }

    [Fact]
    public async Task Room_is_checked_when_the_server_tells_the_size()
    {
        await using var rig = await DownloadRig.StartAsync(options => options with { FreeSpace = _ => 256L << 20 });
        var demand = rig.Offer(Bytes);

        Assert.Contains("not enough room", await rig.FailAsync("a", demand), StringComparison.Ordinal);
        Assert.Empty(rig.Part(demand));
    }

    [Fact]
    public async Task Full_disk_fails_at_once_and_says_so()
    {
        await using var rig = await DownloadRig.StartAsync(options => options with { OpenPart = (path, start) => new FullDisk(PartFile.Open(path, start)) });

        Assert.Contains("the disk is full", await rig.FailAsync("a", rig.Offer(Bytes)), StringComparison.Ordinal);
        Assert.Single(rig.Server.Requests);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/x")]
    [InlineData("a/../../x")]
    [InlineData("a//x")]
    [InlineData("./x")]
    [InlineData("a\\x")]
    [InlineData("c:x")]
    [InlineData("x\0")]
    [InlineData("")]
    [InlineData("nul.txt")]
    [InlineData("x.")]
    public async Task Path_that_leaves_the_folder_or_is_none_everywhere_is_refused(string path)
    {
        await using var rig = await DownloadRig.StartAsync();

        Assert.StartsWith("app a: '", await rig.FailAsync("a", rig.Offer(Bytes) with { Path = path }), StringComparison.Ordinal);
        Assert.Empty(rig.Server.Requests);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".parts")]
    [InlineData("a/b")]
    [InlineData("")]
    public async Task App_whose_name_is_no_folder_is_refused(string app)
    {
        await using var rig = await DownloadRig.StartAsync();

        Assert.Contains("cannot be the name", await rig.FailAsync(app, rig.Offer(Bytes)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a/sub")]
    [InlineData("a/sub/model.bin")]
    public async Task Symbolic_link_on_the_way_is_refused(string link)
    {
        await using var rig = await DownloadRig.StartAsync();
        var outside = Directory.CreateDirectory(Path.Combine(rig.Folder, "..", "outside")).FullName;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(rig.Folder, link))!);
        Directory.CreateSymbolicLink(Path.Combine(rig.Folder, link), outside);

        Assert.Contains("symbolic link", await rig.FailAsync("a", rig.Offer(Bytes) with { Path = "sub/model.bin" }), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Assert.Empty(rig.Server.Requests);
    }

    [Fact]
    public async Task Two_different_files_of_one_path_are_refused()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes);

        Assert.Contains("two different files", await rig.FailAsync("a", demand, demand with { Sha256 = new string('b', 64) }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_of_one_file_ends_the_others_and_keeps_their_parts()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Faults.Enqueue(new FileFault { StallAfter = 400_000 });
        var (slow, missing) = (rig.Offer(Bytes), rig.Offer(DownloadRig.Content(10, 2), "x.bin") with { Url = rig.Server.At("missing.bin") });
        var first = rig.EnsureAsync("b", slow);
        await DownloadRig.UntilAsync("the part has come", () => File.Exists(rig.PartPath(slow)) && new FileInfo(rig.PartPath(slow)).Length == 400_000);

        Assert.Contains("app a: ", await rig.FailAsync("a", slow, missing), StringComparison.Ordinal);
        Assert.False(first.IsCompleted);
        Assert.Equal(400_000, rig.Part(slow).Length);
    }

    [Fact]
    public async Task Progress_comes_at_most_four_times_a_second()
    {
        var time = new FakeTimeProvider();
        await using var rig = await DownloadRig.StartAsync(time: time);

        await rig.EnsureAsync("a", rig.Offer(DownloadRig.Content(20_000_000)));

        // Time stands still: one of each state.
        Assert.Equal(["waiting", "downloading", "checking", "done"], rig.Progress.Select(report => report.State));
        Assert.Equal(20_000_000, rig.Progress.Last().Bytes);
    }

    [Fact]
    public async Task Old_parts_that_nobody_asked_for_are_cleared_away()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2030-01-31T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using var rig = await DownloadRig.StartAsync(time: time);
        foreach (var (name, day) in new[] { ("old.part", 0), ("old.json", 0), ("new.part", 5), ("left.link", 30), ("verified.json", -100) })
        {
            var path = Path.Combine(rig.Parts, name);
            File.WriteAllText(path, "{}");
            File.SetLastWriteTimeUtc(path, new DateTime(2029, 12, 31, 0, 0, 0, DateTimeKind.Utc).AddDays(day));
        }

        await rig.RestartAsync();

        Assert.Equal(["new.part", "verified.json"], Directory.EnumerateFiles(rig.Parts).Select(path => Path.GetFileName(path)).Order());
    }

    [Fact]
    public async Task Folders_and_files_are_open_to_nobody_else()
    {
        await using var rig = await DownloadRig.StartAsync();
        await rig.EnsureAsync("a", rig.Offer(Bytes) with { Path = "sub/model.bin" });

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal("700", Convert.ToString((int)File.GetUnixFileMode(rig.At("a")[..^"/model.bin".Length]), 8));
            Assert.Equal("700", Convert.ToString((int)File.GetUnixFileMode(Path.Combine(rig.Folder, "a", "sub")), 8));
            Assert.Equal("600", Convert.ToString((int)File.GetUnixFileMode(rig.At("a", "sub/model.bin")), 8));
        }
    }

    /// <summary>Two names of one file: what goes in by the one comes out by the other.</summary>
    private static bool IsOneFile(string one, string other)
    {
        using (var file = File.OpenWrite(one))
        {
            file.SetLength(file.Length + 1);
        }

        var same = new FileInfo(other).Length == new FileInfo(one).Length;
        using (var file = File.OpenWrite(one))
        {
            file.SetLength(file.Length - 1);
        }

        return same;
    }
}
