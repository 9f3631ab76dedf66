using System.Runtime.Versioning;
using Homelab.Persistence;
using Homelab.Persistence.Cluster;
using Homelab.Persistence.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Persistence.Sqlite;

/// <summary>A disk that is full, read-only or away stops nothing, and is used again when it can be.</summary>
public sealed class RefusingDiskTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("homelab-refusing").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<StateFault> _reported = [];

    private string Folder => Path.Combine(_home, "state");

    private string Database => Path.Combine(Folder, "hub.db");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void The_files_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Directory.CreateDirectory(Folder, (UnixFileMode)0b111_111_111);
        File.WriteAllBytes(Database, []);
        File.SetUnixFileMode(Database, (UnixFileMode)0b110_110_110);
        var store = Open();
        store.Save(Node("a"));
        _time.Advance(TimeSpan.FromSeconds(1));
        AssertOwnerOnly(["hub.db", "hub.db-wal", "hub.db.bak"]);
        store.Dispose();
        File.SetUnixFileMode(Database, (UnixFileMode)0b110_100_100);
        Open().Dispose();

        AssertOwnerOnly(["hub.db", "hub.db.bak"]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
    }

    [Fact]
    public void A_full_disk_refuses_what_is_to_be_acknowledged_and_everything_known_stays()
    {
        using var store = Open(new ClusterStoreOptions { MaximumBytes = 96 * 1024 });
        store.Save(Node("first"));
        var saved = FillUp(store);

        var refused = Assert.Throws<StateWriteException>(() => store.Save(Node("one more") with { Name = new string('x', 10_000) }));
        Assert.Equal("hub.db cannot be written: the disk is full; keys and nodes cannot be changed, events and usage wait in memory", refused.Message);
        Assert.Equal(refused.Fault, Assert.Single(store.Faults));
        Assert.Equal(refused.Fault, Assert.Single(_reported));
        Assert.Equal(saved + 1, store.LoadNodes().Count);
        Assert.Throws<StateWriteException>(() => store.Save(new StoredAlias("large", [new string('x', 10_000)])));
        Assert.Empty(store.LoadAliases());
        Assert.True(store.IsOnDisk);
    }

    [Fact]
    public void Events_wait_for_a_full_disk_and_are_written_when_there_is_room()
    {
        var store = Open(new ClusterStoreOptions { MaximumBytes = 96 * 1024 });
        var saved = FillUp(store);
        store.Append([.. Enumerable.Range(1, 20).Select(i => Event(i))]);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(StateFaultKind.NotSaved, Assert.Single(store.Faults).Kind);
        Assert.Equal(20, store.EventsSince(0, 100).Count);

        for (var i = 0; i < saved; i++)
        {
            store.DeleteNode($"n{i}");
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(store.Faults);
        store.Dispose();
        using var again = Open();
        Assert.Equal(20, again.EventsSince(0, 100).Count);
        Assert.Equal(20, again.LastEventId);
    }

    [Fact]
    public void Beyond_the_bound_the_oldest_events_are_dropped_and_a_fault_says_so()
    {
        using var store = Open(new ClusterStoreOptions { MaximumBytes = 96 * 1024, Waiting = 30 });
        FillUp(store);
        for (var i = 1; i <= 100; i++)
        {
            store.Append([Event(i)]);
            store.Add([new StoredUsage(_time.GetUtcNow().AddHours(i), "k", "m", "n", 1, 0, 1, 1)]);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        // A few may still have fitted onto the disk.
        var ids = store.EventsSince(0, 1000).Select(e => e.Id).ToList();
        Assert.Equal(Enumerable.Range(71, 30).Select(i => (long)i), ids[^30..]);
        Assert.InRange(ids.Count, 30, 40);
        Assert.InRange(store.UsageSince(DateTimeOffset.MinValue).Count, 30, 40);
        Assert.Equal(100, store.LastEventId);
        Assert.Equal([StateFaultKind.NotSaved, StateFaultKind.Lost], store.Faults.Select(f => f.Kind).Order().Reverse());
        Assert.Single(_reported, f => f.Kind == StateFaultKind.Lost);
    }

    [MountFact]
    public void A_deletion_that_a_full_disk_refuses_holds_in_memory_and_reaches_the_disk_later()
    {
        using var mount = new TemporaryMount(Folder, megabytes: 2);
        var store = Open();
        const int Saved = 60;
        for (var i = 0; i < Saved; i++)
        {
            store.Save(Node($"n{i}") with { Name = new string('x', 1500) });
        }

        var filler = Path.Combine(Folder, "filler");
        TemporaryMount.Fill(filler);

        // The first ones still fit into room that SQLite has.
        var refused = Enumerable.Range(0, Saved).Select(i => $"n{i}").First(id =>
        {
            try
            {
                store.DeleteNode(id);
                return false;
            }
            catch (StateWriteException)
            {
                return true;
            }
        });
        Assert.DoesNotContain(store.LoadNodes(), n => n.Id == refused);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Contains(store.Faults, f => f is { Kind: StateFaultKind.NotSaved, Document: "hub.db" });

        File.Delete(filler);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(store.Faults);
        store.Dispose();
        using var again = Open();
        Assert.DoesNotContain(again.LoadNodes(), n => n.Id == refused);
        Assert.True(again.IsOnDisk);
    }

    [MountFact]
    public void A_disk_that_is_full_at_the_start_leaves_what_it_holds_readable()
    {
        using var mount = new TemporaryMount(Folder, megabytes: 1);
        using (var before = Open())
        {
            before.Save(Node("a"));
        }

        TemporaryMount.Fill(Path.Combine(Folder, "filler"));
        using var store = Open();
        Assert.Equal("a", Assert.Single(store.LoadNodes()).Id);
        Assert.ThrowsAny<StateWriteException>(() => store.NextEpoch(1));
        File.Delete(Path.Combine(Folder, "filler"));
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(1, store.NextEpoch(1));
        Assert.Empty(store.Faults);
    }

    [MountFact]
    public void A_read_only_disk_is_read_and_changes_wait_in_memory_until_it_can_be_written()
    {
        using var mount = new TemporaryMount(Folder, megabytes: 4);
        var before = Open();
        before.Save(Node("a"));
        // Not closed, as after a crash: the node is in the log only.
        var files = Directory.GetFiles(Folder).ToDictionary(f => f, File.ReadAllBytes);
        before.Dispose();
        Directory.GetFiles(Folder).ToList().ForEach(File.Delete);
        foreach (var (file, content) in files)
        {
            File.WriteAllBytes(file, content);
        }

        mount.SetReadOnly(true);
        var store = Open();
        Assert.Equal("a", Assert.Single(store.LoadNodes()).Id);
        Assert.False(store.IsOnDisk);
        Assert.Equal(StateFaultKind.NotSaved, Assert.Single(store.Faults).Kind);
        store.DeleteNode("a");
        store.Save(Node("b"));

        mount.SetReadOnly(false);
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Empty(store.Faults);
        store.Dispose();
        using var again = Open();
        Assert.Equal("b", Assert.Single(again.LoadNodes()).Id);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_leaves_everything_in_memory_until_it_can()
    {
        File.WriteAllText(Folder, "a file where the folder should be");
        var store = Open();
        store.Save(Node("a"));
        store.Save(Node("b"));
        store.DeleteNode("b");
        store.Append([Event(store.LastEventId + 1)]);
        var epoch = store.NextEpoch(9);

        Assert.False(store.IsOnDisk);
        Assert.Equal(StateFaultKind.NotSaved, Assert.Single(store.Faults).Kind);
        _time.Advance(TimeSpan.FromSeconds(90));
        Assert.False(store.IsOnDisk);
        Assert.Single(_reported);

        File.Delete(Folder);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(store.IsOnDisk);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(store.IsOnDisk);
        Assert.Empty(store.Faults);
        store.Dispose();
        using var again = Open();
        Assert.Equal("a", Assert.Single(again.LoadNodes()).Id);
        Assert.Single(again.EventsSince(0, 10));
        Assert.Equal(epoch + 1, again.NextEpoch(0));
    }

    [Fact]
    public void A_disk_that_comes_late_brings_what_it_holds_and_what_was_changed_meanwhile_stands()
    {
        using (var before = Open())
        {
            before.Save(Node("old"));
            before.Save(Node("changed"));
            before.Append([Event(1), Event(2)]);
        }

        Directory.Move(Folder, Folder + "-away");
        File.WriteAllText(Folder, "not mounted yet");
        var restored = 0;
        using var store = new SqliteClusterStore(Folder, _time, report: _reported.Add, restored: () => restored++);
        Assert.Empty(store.LoadNodes());
        store.Save(Node("changed") with { Draining = true });
        store.Append([Event(store.LastEventId + 1)]);

        File.Delete(Folder);
        Directory.Move(Folder + "-away", Folder);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(1, restored);
        Assert.Equal(["changed:True", "old:False"], store.LoadNodes().Select(n => $"{n.Id}:{n.Draining}"));
        Assert.Equal(3, store.EventsSince(0, 10).Count);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, restored);
    }

    [Fact]
    public void A_second_hub_on_the_same_folder_leaves_the_first_ones_file_alone()
    {
        using var first = Open();
        first.Save(Node("a"));
        using var second = Open();

        Assert.False(second.IsOnDisk);
        Assert.Contains("another process uses it", Assert.Single(second.Faults).Message, StringComparison.Ordinal);
        second.Save(Node("b"));
        Assert.Equal("a", Assert.Single(first.LoadNodes()).Id);
    }

    [Fact]
    public void A_folder_deleted_while_running_is_made_again_from_memory()
    {
        var store = Open();
        store.Save(Node("a"));
        Directory.Delete(Folder, recursive: true);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(store.IsOnDisk);
        store.Save(Node("c"));
        store.Dispose();
        using var again = Open();
        Assert.Equal(["a", "c"], again.LoadNodes().Select(n => n.Id));
    }

    [Fact]
    public void A_database_that_breaks_while_running_costs_no_node_and_no_id_of_an_event()
    {
        var store = Open();
        store.Save(Node("a"));
        _time.Advance(TimeSpan.FromMinutes(2));
        // Both the file and the log, in place: SQLite has them open.
        foreach (var file in new[] { Database, Database + "-wal" })
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.Write(new byte[stream.Length]);
        }

        for (var i = 0; i < 200; i++)
        {
            store.Append([Event(i + 1)]);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        store.Save(Node("b"));
        store.Dispose();
        using var again = Open();
        Assert.Equal(["a", "b"], again.LoadNodes().Select(n => n.Id));
        Assert.True(again.LastEventId >= 200);
    }

    private SqliteClusterStore Open(ClusterStoreOptions? options = null) => new(Folder, _time, options, _reported.Add);

    private StoredNode Node(string id) => new(id, id, "boot", [], false, _time.GetUtcNow());

    private StoredEvent Event(long id) => new(id, _time.GetUtcNow(), new string('e', 1000));

    private int FillUp(SqliteClusterStore store)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                store.Save(Node($"n{i}") with { Name = new string('x', 1500) });
            }
            catch (StateWriteException)
            {
                return i;
            }
        }
    }

    [UnsupportedOSPlatform("windows")]
    private void AssertOwnerOnly(string[] files) =>
        Assert.Equal(files.Select(f => $"{f} UserWrite, UserRead"), Directory.GetFiles(Folder).Order(StringComparer.Ordinal).Select(f => $"{Path.GetFileName(f)} {File.GetUnixFileMode(f)}"));
}
