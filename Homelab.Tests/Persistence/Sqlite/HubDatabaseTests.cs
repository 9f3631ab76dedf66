using System.Globalization;
using Homelab.Persistence;
using Homelab.Persistence.Cluster;
using Homelab.Persistence.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Persistence.Sqlite;

/// <summary>What is kept how long, and in what form.</summary>
public sealed class HubDatabaseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("homelab-hubdb").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<StateFault> _reported = [];

    private string Database => Path.Combine(_folder, "hub.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Events_beyond_the_number_and_the_age_are_deleted_and_their_ids_stay_used()
    {
        using var store = Open(new ClusterStoreOptions { KeptEvents = 10, FlushEvery = TimeSpan.FromMinutes(10) });
        store.Append([.. Enumerable.Range(1, 25).Select(i => Event(i))]);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(Enumerable.Range(16, 10).Select(i => (long)i), store.EventsSince(0, 100).Select(e => e.Id));

        _time.Advance(TimeSpan.FromDays(20));
        store.Append([Event(26)]);
        _time.Advance(TimeSpan.FromDays(11));
        Assert.Equal(26, Assert.Single(store.EventsSince(0, 100)).Id);

        _time.Advance(TimeSpan.FromDays(31));
        Assert.Empty(store.EventsSince(0, 100));
        store.Dispose();
        using var again = Open();
        Assert.Equal(26, again.LastEventId);
    }

    [Fact]
    public void Old_usage_is_deleted()
    {
        using var store = Open(new ClusterStoreOptions { FlushEvery = TimeSpan.FromMinutes(30) });
        store.Add([new StoredUsage(_time.GetUtcNow(), "k", "m", "n", 1, 0, 1, 1)]);
        _time.Advance(TimeSpan.FromDays(399));
        store.Add([new StoredUsage(_time.GetUtcNow(), "k", "m", "n", 1, 0, 1, 1)]);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(2, store.UsageSince(DateTimeOffset.MinValue).Count);

        _time.Advance(TimeSpan.FromDays(2));
        Assert.Single(store.UsageSince(DateTimeOffset.MinValue));
    }

    [Fact]
    public void A_later_versions_database_is_not_touched()
    {
        var newer = SqliteSchema.Current.Then("CREATE TABLE other (x INTEGER);").Then("CREATE TABLE another (x INTEGER);");
        using (var store = new SqliteClusterStore(_folder, _time, schema: newer))
        {
            store.Save(new StoredAlias("kept", ["by the later version"]));
        }

        var before = File.ReadAllBytes(Database);
        using (var store = Open())
        {
            Assert.False(store.IsOnDisk);
            Assert.Equal(
                $"{Database} was written by a later version of homelab (form 3, this one knows 1); it is left as it is and everything is kept in memory",
                Assert.Single(_reported).Message);
            store.Save(new StoredAlias("kept", ["in memory"]));
            _time.Advance(TimeSpan.FromMinutes(5));
            Assert.Equal("in memory", Assert.Single(store.LoadAliases()).Of.Single());
        }

        Assert.Equal(before, File.ReadAllBytes(Database));
        Assert.Equal(["hub.db", "hub.db.bak"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void An_earlier_versions_database_is_brought_forward_with_what_it_holds()
    {
        using (var store = Open())
        {
            store.Save(new StoredAlias("kept", ["by the earlier version"]));
            store.Append([Event(1)]);
        }

        var schema = SqliteSchema.Current.Then("ALTER TABLE events ADD COLUMN more TEXT;");
        using (var store = new SqliteClusterStore(_folder, _time, report: _reported.Add, schema: schema))
        {
            Assert.Equal("by the earlier version", Assert.Single(store.LoadAliases()).Of.Single());
            Assert.Single(store.EventsSince(0, 10));
        }

        Assert.Equal((2L, 1L), (Scalar("PRAGMA user_version"), Scalar("SELECT count(*) FROM events WHERE more IS NULL")));
        Assert.Empty(_reported);
    }

    [Fact]
    public void The_database_is_a_wal_and_writes_are_flushed_to_the_disk()
    {
        using var store = Open();
        store.Save(new StoredAlias("a", ["1"]));

        Assert.True(new FileInfo(Database + "-wal").Length > 0);
        store.Dispose();
        Assert.False(File.Exists(Database + "-wal"));
        Assert.Equal("1", Assert.Single(Open().LoadAliases()).Of.Single());
    }

    [Fact]
    public void The_backup_follows_a_change_within_a_minute_and_a_deletion_at_once()
    {
        var backup = Database + ".bak";
        using var store = Open();
        _time.Advance(TimeSpan.FromSeconds(1));
        var first = File.ReadAllBytes(backup);

        store.Save(new StoredNode("a", "a", "b", [], false, _time.GetUtcNow()));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(first, File.ReadAllBytes(backup));
        _time.Advance(TimeSpan.FromSeconds(31));
        var second = File.ReadAllBytes(backup);
        Assert.NotEqual(first, second);

        store.DeleteNode("a");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotEqual(second, File.ReadAllBytes(backup));
    }

    [Fact]
    public void After_its_end_a_store_refuses_what_it_could_not_keep()
    {
        var store = Open();
        store.Dispose();
        store.Dispose();

        Assert.Throws<ObjectDisposedException>(() => store.Save(new StoredAlias("a", ["1"])));
        _time.Advance(TimeSpan.FromMinutes(1));
    }

    private SqliteClusterStore Open(ClusterStoreOptions? options = null) => new(_folder, _time, options, _reported.Add);

    private StoredEvent Event(long id) => new(id, _time.GetUtcNow(), "{}");

    private long Scalar(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
