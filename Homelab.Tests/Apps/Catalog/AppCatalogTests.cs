using System.Collections.Concurrent;
using Homelab.Apps.Catalog;
using Homelab.Tests.Roles.Daemon.Infra;

namespace Homelab.Tests.Apps.Catalog;

public sealed class AppCatalogTests : IDisposable
{
    private readonly ManifestFolder _apps = new();

    [Fact]
    public void Manifests_appear_change_and_go()
    {
        _apps.Put("b.yaml", "one");
        _apps.Settle();
        Assert.Equal(["b=one"], _apps.Known);
        Assert.Equal((2L, 2), (_apps.Catalog.Current.Version, _apps.Changes));

        _apps.Put("a.yml", "two", "models: [ m ]\n");
        _apps.Put("b.yaml", "three");
        _apps.Settle();
        Assert.Equal(["a=two", "b=three"], _apps.Known);
        Assert.Equal("a", _apps.Catalog.Current.FindByModel("M:latest")?.Name);
        Assert.Equal("three", _apps.Catalog.Current.Find("b")?.Manifest?.Command[0]);

        File.Delete(_apps.At("a.yml"));
        _apps.Settle();
        Assert.Equal(["b=three"], _apps.Known);
        Assert.Null(_apps.Catalog.Current.Find("a"));
    }

    [Fact]
    public void Nothing_new_is_no_change_and_reads_nothing()
    {
        _apps.Put("a.yaml", "one");
        _apps.Write("b.yaml", "name: [");
        _apps.Settle();
        var (reads, before, changes) = (_apps.Catalog.Reads, _apps.Catalog.Current, _apps.Changes);

        for (var i = 0; i < 5; i++)
        {
            _apps.Time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(TimeSpan.FromSeconds(10), _apps.Catalog.Scan());
        }

        Assert.Equal((reads, changes), (_apps.Catalog.Reads, _apps.Changes));
        Assert.Same(before, _apps.Catalog.Current);
    }

    [Fact]
    public void File_finished_long_ago_is_there_at_the_first_look()
    {
        _apps.Put("a.yaml", "one");
        _apps.Write("b.yaml", "");
        _apps.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.FromSeconds(10), _apps.Catalog.Scan());
        Assert.Equal(["a=one", "b=- | b.yaml:1:1: is empty; a manifest has at least a name and a command"], _apps.Known);
    }

    [Fact]
    public void File_that_is_being_written_is_left_alone_until_it_is_quiet()
    {
        _apps.Put("a.yaml", "one");
        _apps.Settle();
        var reads = _apps.Catalog.Reads;

        for (var i = 0; i < 10; i++)
        {
            // Each prefix is a whole manifest, and none is meant.
            _apps.Put("a.yaml", "two", new string('#', i));
            Assert.True(_apps.Catalog.Scan() < TimeSpan.FromSeconds(1));
            _apps.Time.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.Equal(reads, _apps.Catalog.Reads);
        Assert.Equal(["a=one"], _apps.Known);
        _apps.Settle();
        Assert.Equal(["a=two"], _apps.Known);
    }

    [Fact]
    public void Half_written_file_is_read_again_before_its_problems_are_told_and_disturbs_no_other()
    {
        _apps.Put("b.yaml", "one");
        _apps.Write("a.yaml", "name: a\ncomm");
        var began = _apps.Time.GetUtcNow();
        while (_apps.Time.GetUtcNow() - began < TimeSpan.FromMilliseconds(900))
        {
            _apps.Time.Advance(_apps.Catalog.Scan());
        }

        Assert.Equal(["b=one"], _apps.Known);
        Assert.InRange(_apps.Catalog.Reads, 3, 6);

        _apps.Put("a.yaml", "two");
        _apps.Settle();
        Assert.Equal(["a=two", "b=one"], _apps.Known);
    }

    [Fact]
    public void File_that_stays_wrong_is_told_with_its_place_and_what_was_right_stays_in_force()
    {
        _apps.Put("a.yaml", "one");
        _apps.Settle();

        _apps.Write("a.yaml", "name: a\ncommand: [ two ]\nport: 0\ncolour: 1\n");
        _apps.Settle();
        Assert.Equal(["a=one | a.yaml:3:7: port: '0' is not a port; write a number from 1 to 65535, or auto | a.yaml:4:1: colour: is not a known key; known here: name, command, working_dir, env, port, health, start_timeout, idle_timeout, memory, models, files"], _apps.Known);

        _apps.Put("a.yaml", "two");
        _apps.Settle();
        Assert.Equal(["a=two"], _apps.Known);
    }

    [Fact]
    public void Editor_that_writes_by_rename_never_makes_an_app_go()
    {
        _apps.Put("a.yaml", "one");
        _apps.Settle();

        // As vim does it without backupcopy: the old file is moved away, a new one written, the old one deleted.
        File.Move(_apps.At("a.yaml"), _apps.At("a.yaml~"));
        Assert.True(_apps.Catalog.Scan() < TimeSpan.FromSeconds(1));
        Assert.Equal(["a=one"], _apps.Known);
        _apps.Put("4913", "swap");
        _apps.Put(".a.yaml.swp", "swap");
        _apps.Put("#a.yaml#", "swap");
        _apps.Put(".#a.yaml", "swap");
        _apps.Put("a.yaml", "two");
        _apps.Settle();
        Assert.Equal(["a=two"], _apps.Known);

        // And by a new file over the old one.
        _apps.Write("new", "name: a\ncommand: [ three ]\n");
        File.Move(_apps.At("new"), _apps.At("a.yaml"), overwrite: true);
        _apps.Settle();
        Assert.Equal(["a=three"], _apps.Known);
    }

    [Fact]
    public void Folder_may_come_late_go_and_be_replaced()
    {
        using var apps = new ManifestFolder(create: false);
        Assert.Equal(TimeSpan.FromSeconds(2), apps.Catalog.Scan());
        Assert.Empty(apps.Known);
        Assert.Equal((1L, 1), (apps.Catalog.Current.Version, apps.Changes));

        apps.Create();
        apps.Put("a.yaml", "one");
        apps.Settle();
        Assert.Equal(["a=one"], apps.Known);

        Directory.Move(apps.At(), apps.At() + "-away");
        apps.Settle();
        Assert.Empty(apps.Known);

        Directory.Move(apps.At() + "-away", apps.At());
        apps.Settle();
        Assert.Equal(["a=one"], apps.Known);
    }

    [UnixFact]
    public void Rights_that_change_are_noticed_and_what_others_may_write_is_not_read()
    {
        _apps.Put("a.yaml", "one");
        _apps.Put("b.yaml", "one");
        _apps.Settle();
        SetMode(_apps.At("a.yaml"), UnixFileMode.OtherWrite);
        _apps.Settle();
        Assert.Equal(["a=one | a.yaml: can be written by others; run: chmod go-w on it", "b=one"], _apps.Known);

        ManifestFolder.Own(_apps.At("a.yaml"), folder: false);
        SetMode(_apps.At(), UnixFileMode.OtherWrite);
        _apps.Put("b.yaml", "evil");
        _apps.Settle();
        Assert.Equal($"{_apps.At()}: can be written by others; run: chmod go-w on it", Assert.Single(_apps.Catalog.Current.Problems));
        Assert.Equal("one", _apps.Catalog.Current.Find("b")?.Manifest?.Command[0]);

        ManifestFolder.Own(_apps.At(), folder: true);
        _apps.Settle();
        Assert.Equal(["a=one", "b=evil"], _apps.Known);
        Assert.Empty(_apps.Catalog.Current.Problems);
    }

    [UnixFact]
    public void Folder_that_others_may_write_from_the_beginning_has_no_apps()
    {
        _apps.Put("a.yaml", "one");
        SetMode(_apps.At(), UnixFileMode.OtherWrite);
        _apps.Settle();

        Assert.Empty(_apps.Known);
        Assert.Single(_apps.Catalog.Current.Problems);
    }

    [UnixFact]
    public void Circle_of_links_and_broken_link_are_problems_of_their_own()
    {
        File.CreateSymbolicLink(_apps.At("a.yaml"), _apps.At("b.yaml"));
        File.CreateSymbolicLink(_apps.At("b.yaml"), _apps.At("a.yaml"));
        File.CreateSymbolicLink(_apps.At("c.yaml"), _apps.At("gone"));
        _apps.Put("d.yaml", "one");
        _apps.Settle();

        Assert.Equal(
            ["a=- | a.yaml: is a link that leads in a circle", "b=- | b.yaml: is a link that leads in a circle", "c=- | c.yaml: does not exist, or is a link to something that does not", "d=one"],
            _apps.Known);
    }

    [Fact]
    public void Of_two_that_want_one_model_the_later_keeps_what_it_had_before()
    {
        _apps.Put("a.yaml", "one", "models: [ m ]\n");
        _apps.Put("b.yaml", "two", "models: [ n ]\n");
        _apps.Settle();

        _apps.Put("b.yaml", "three", "models: [ m ]\n");
        _apps.Put("c.yaml", "four", "models: [ m ]\n");
        _apps.Settle();
        const string Taken = "models: 'm:latest' is taken by a.yaml; the first by file name has it, so this manifest is not used";
        Assert.Equal(["a=one", $"b=two | b.yaml: {Taken}", $"c=- | c.yaml: {Taken}"], _apps.Known);

        File.Delete(_apps.At("a.yaml"));
        _apps.Settle();
        Assert.Equal(["b=three", $"c=- | c.yaml: {Taken.Replace("a.yaml", "b.yaml", StringComparison.Ordinal)}"], _apps.Known);
    }

    [Fact]
    public void Manifests_beyond_the_bound_are_a_problem_and_the_first_by_name_are_used()
    {
        for (var i = 0; i < ManifestListing.MostFiles + 2; i++)
        {
            _apps.Put($"a{i:000}.yaml", "one");
        }

        _apps.Settle();

        Assert.Equal(ManifestListing.MostFiles, _apps.Catalog.Current.Manifests.Count());
        Assert.Equal("a255", _apps.Catalog.Current.Entries[^1].Name);
        Assert.Equal($"{_apps.At()}: holds 258 manifests; the first 256 by name are used", Assert.Single(_apps.Catalog.Current.Problems));
    }

    [Theory]
    [InlineData("a.yaml", true)]
    [InlineData("a.yml", true)]
    [InlineData("A.YAML", true)]
    [InlineData(".a.yaml", false)]
    [InlineData("a.yaml~", false)]
    [InlineData("#a.yaml#", false)]
    [InlineData(".a.yaml.swp", false)]
    [InlineData("4913", false)]
    [InlineData("a.yaml.bak", false)]
    [InlineData("a.json", false)]
    public void Only_names_of_manifests_count(string name, bool expected) => Assert.Equal(expected, ManifestListing.IsManifest(name));

    [Fact]
    public async Task Real_watch_notices_what_happens_without_waiting_for_the_next_look()
    {
        using var catalog = new AppCatalog(_apps.At(), new Dictionary<string, string>(), TimeProvider.System);
        var seen = new ConcurrentQueue<string>();
        using var signal = new SemaphoreSlim(0);
        catalog.Changed += () =>
        {
            seen.Enqueue(string.Join(',', catalog.Current.Manifests.Select(m => $"{m.Name}:{m.Command[0]}")));
            signal.Release();
        };
        using var stop = new CancellationTokenSource();
        var running = catalog.RunAsync(stop.Token);

        // Far below the ten seconds of a rescan, so that only a watch can be that quick.
        await ExpectAsync("");
        _apps.Put("a.yaml", "one");
        await ExpectAsync("a:one");
        _apps.Write("tmp", "name: a\ncommand: [ two ]\n");
        File.Move(_apps.At("tmp"), _apps.At("a.yaml"), overwrite: true);
        await ExpectAsync("a:two");
        File.Delete(_apps.At("a.yaml"));
        await ExpectAsync("");

        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);

        async Task ExpectAsync(string expected)
        {
            Assert.True(await signal.WaitAsync(TimeSpan.FromSeconds(8)), $"expected '{expected}' within 8 s; seen so far: {string.Join(" then ", seen)}");
            Assert.Equal(expected, seen.Last());
        }
    }

    [Fact]
    public async Task Without_any_watch_the_next_look_finds_it()
    {
        using var stop = new CancellationTokenSource();
        using var apps = new ManifestFolder(create: false);
        using var signal = new SemaphoreSlim(0);
        apps.Catalog.Changed += () => signal.Release();
        var running = apps.Catalog.RunAsync(stop.Token);
        Assert.True(await signal.WaitAsync(TimeSpan.FromSeconds(20)), "the first look was not published within 20 s");

        apps.Create();
        apps.Put("a.yaml", "one");
        var limit = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        while (apps.Known.Count == 0)
        {
            // The loop sets its timer on another thread, so its clock is moved until it has.
            apps.Time.Advance(TimeSpan.FromMilliseconds(500));
            Assert.True(TimeProvider.System.GetElapsedTime(limit) < TimeSpan.FromSeconds(20), "a.yaml was not found within 20 s");
            await timer.WaitForNextTickAsync();
        }

        Assert.Equal(["a=one"], apps.Known);
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
    }

    public void Dispose() => _apps.Dispose();

    private static void SetMode(string path, UnixFileMode more)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | more);
        }
    }
}
