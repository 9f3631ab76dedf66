using System.Collections.Immutable;
using Homelab.Persistence;
using Homelab.Persistence.Cluster;
using Homelab.Persistence.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Persistence.Sqlite;

/// <summary>Whatever happened to the database's file, a hub starts with what was whole, and says what was not.</summary>
public sealed class DamagedDatabaseTests : IDisposable
{
    private static readonly ImmutableArray<byte> Hash = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly string _folder = Directory.CreateTempSubdirectory("homelab-damage").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<StateFault> _reported = [];

    private string Database => Path.Combine(_folder, "hub.db");

    private string Backup => Path.Combine(_folder, "hub.db.bak");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_torn_at_any_length_is_moved_aside_and_the_backup_used()
    {
        var whole = Fill();
        foreach (var length in Enumerable.Range(0, whole.Length / 1024).Select(i => i * 1024).Concat([1, 15, 16, 99, 100, 101]))
        {
            Restore(whole[..length]);
            using var store = Open();

            AssertAllThere(store, $"torn at {length}");
            Assert.True(store.Faults is [{ Kind: StateFaultKind.Recovered }], $"torn at {length} of {whole.Length}: {string.Join("; ", store.Faults)}");
            Assert.Equal(length > 1, File.Exists(Database + ".damaged-1"));
            Assert.True(store.IsOnDisk);
        }
    }

    [Fact]
    public void A_flipped_byte_anywhere_never_changes_who_may_do_what()
    {
        var whole = Fill();
        var random = new Random(7);
        // Each byte of the header that means anything and every 199th behind it, another bit each time.
        foreach (var place in Enumerable.Range(0, 72).Concat(Enumerable.Range(92, 16)).Concat(Enumerable.Range(1, whole.Length / 199).Select(i => i * 199)).Where(i => i < whole.Length))
        {
            var damaged = whole.ToArray();
            damaged[place] ^= (byte)(1 << random.Next(8));
            Restore(damaged);
            using var store = Open();

            AssertAllThere(store, $"byte {place} flipped");
            Assert.True(store.IsOnDisk, $"byte {place}: {string.Join("; ", store.Faults)}");
        }
    }

    [Fact]
    public void Zero_bytes_in_the_middle_are_found_and_the_backup_used()
    {
        var whole = Fill();
        for (var place = 4096; place < whole.Length; place += 4096)
        {
            var damaged = whole.ToArray();
            Array.Clear(damaged, place, 4096);
            Restore(damaged);
            using var store = Open();
            AssertAllThere(store, $"zeros at {place}");
        }
    }

    [Fact]
    public void An_entry_changed_behind_the_back_is_taken_from_the_backup_and_the_events_stay()
    {
        Fill();
        Execute("UPDATE documents SET content = CAST(replace(content, '\"is_admin\":false', '\"is_admin\":true') AS BLOB) WHERE kind = 'credential'");
        using (var store = Open())
        {
            AssertAllThere(store, "changed");
            Assert.Equal(StateFaultKind.Recovered, Assert.Single(_reported).Kind);
            Assert.Equal(40, store.EventsSince(0, 100).Count);
        }

        _reported.Clear();
        using var again = Open();
        AssertAllThere(again, "mended");
        Assert.Empty(_reported);
    }

    [Fact]
    public void Without_a_backup_the_hub_starts_with_nothing_and_says_so()
    {
        Fill();
        File.Delete(Backup);
        File.WriteAllText(Database, "this is no database, and it is long enough to be looked at as one: " + new string('x', 8192));
        using var store = Open();

        Assert.Empty(store.LoadCredentials());
        Assert.Equal(StateFaultKind.Lost, Assert.Single(_reported).Kind);
        Assert.Contains("it is not a database", _reported[0].Message, StringComparison.Ordinal);
        store.Save(Credential(1));
        Assert.True(store.IsOnDisk);
    }

    [Fact]
    public void A_damaged_backup_is_not_used()
    {
        Fill();
        File.WriteAllBytes(Database, new byte[8192]);
        File.WriteAllBytes(Backup, new byte[8192]);
        using var store = Open();

        Assert.Empty(store.LoadNodes());
        Assert.Equal(StateFaultKind.Lost, Assert.Single(_reported).Kind);
    }

    [Fact]
    public void A_missing_file_is_made_from_the_backup()
    {
        Fill();
        File.Delete(Database);
        using var store = Open();

        AssertAllThere(store, "missing");
        Assert.Equal(StateFaultKind.Recovered, Assert.Single(_reported).Kind);
    }

    [Fact]
    public void A_revoked_key_does_not_come_back_with_the_backup()
    {
        Fill();
        var store = Open();
        store.DeleteCredential("key-3");
        _time.Advance(TimeSpan.FromSeconds(1));
        // As if the process ended here: nothing more is written.
        File.Copy(Backup, Backup + ".then");
        store.Dispose();
        File.Move(Backup + ".then", Backup, overwrite: true);
        File.WriteAllText(Database, "torn");
        using var after = Open();

        Assert.DoesNotContain(after.LoadCredentials(), c => c.Id == "key-3");
        Assert.Equal(9, after.LoadCredentials().Count);
    }

    [Fact]
    public void Ids_of_events_are_never_given_twice_also_where_the_events_are_gone()
    {
        Fill();
        File.WriteAllText(Database, "torn");
        using var store = Open();

        Assert.Empty(store.EventsSince(0, 10));
        Assert.True(store.LastEventId > 40);
        Assert.Equal(_time.GetUtcNow().ToUnixTimeMilliseconds(), store.LastEventId);
    }

    [Fact]
    public void The_last_two_damaged_files_are_kept()
    {
        Fill();
        foreach (var text in new[] { "first", "second", "third", "fourth" })
        {
            File.WriteAllText(Database, text);
            Open().Dispose();
        }

        Assert.Equal(
            ["hub.db.damaged-3:third", "hub.db.damaged-4:fourth"],
            Directory.GetFiles(_folder, "*.damaged-*").Order().Select(f => $"{Path.GetFileName(f)}:{File.ReadAllText(f)}"));
    }

    [Fact]
    public void What_was_acknowledged_before_a_crash_is_there_after_it()
    {
        using var store = Open();
        store.Save(Credential(1));
        store.Save(new StoredNode("n", "n", "b", [], true, _time.GetUtcNow()));
        var epoch = store.NextEpoch(5);

        // The files as they lie there while the process is still running are what a kill leaves.
        var crashed = Directory.CreateDirectory(Path.Combine(_folder, "crashed")).FullName;
        File.Copy(Database, Path.Combine(crashed, "hub.db"));
        File.Copy(Database + "-wal", Path.Combine(crashed, "hub.db-wal"));
        using var after = new SqliteClusterStore(crashed, _time, report: _reported.Add);

        Assert.Equal("key-1", Assert.Single(after.LoadCredentials()).Id);
        Assert.True(Assert.Single(after.LoadNodes()).Draining);
        Assert.Equal(epoch + 1, after.NextEpoch(0));
        Assert.Empty(_reported);
    }

    [Fact]
    public void A_log_torn_by_a_crash_costs_only_what_was_not_acknowledged()
    {
        using var store = Open();
        for (var i = 0; i < 5; i++)
        {
            store.Save(Credential(i));
        }

        var file = File.ReadAllBytes(Database);
        var log = File.ReadAllBytes(Database + "-wal");
        for (var length = 0; length < log.Length; length += 1021)
        {
            var crashed = Directory.CreateDirectory(Path.Combine(_folder, $"crashed-{length}")).FullName;
            File.WriteAllBytes(Path.Combine(crashed, "hub.db"), file);
            File.WriteAllBytes(Path.Combine(crashed, "hub.db-wal"), log[..length]);
            using var after = new SqliteClusterStore(crashed, _time);
            var ids = after.LoadCredentials().Select(c => c.Id).ToList();
            Assert.Equal(Enumerable.Range(0, ids.Count).Select(i => $"key-{i}"), ids);
            Assert.True(after.IsOnDisk);
        }
    }

    private SqliteClusterStore Open() => new(_folder, _time, report: _reported.Add);

    private StoredCredential Credential(int n) => new($"key-{n}", StoredCredentialKind.Service, $"name {n}", Hash, n == 0, ["m*"], n, null, _time.GetUtcNow(), null, n, null);

    /// <summary>A database with ten credentials, a node, and forty events, closed; and its bytes.</summary>
    private byte[] Fill()
    {
        using (var store = Open())
        {
            for (var n = 0; n < 10; n++)
            {
                store.Save(Credential(n));
            }

            store.Save(new StoredNode("n", "n", "b", ["a"], true, _time.GetUtcNow()));
            store.Append([.. Enumerable.Range(1, 40).Select(i => new StoredEvent(i, _time.GetUtcNow(), new string('e', 200)))]);
        }

        _reported.Clear();
        return File.ReadAllBytes(Database);
    }

    private void Restore(byte[] content)
    {
        foreach (var old in Directory.GetFiles(_folder).Where(f => f != Backup))
        {
            File.Delete(old);
        }

        File.WriteAllBytes(Database, content);
        _reported.Clear();
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0);
    }

    private void AssertAllThere(SqliteClusterStore store, string when)
    {
        var credentials = store.LoadCredentials();
        Assert.True(
            credentials.Count == 10 && credentials.All(c => c.Hash.SequenceEqual(Hash) && c.IsAdmin == (c.Id == "key-0") && c.Models is ["m*"] && c.Id == $"key-{c.UsesLeft}"),
            $"{when}: {string.Join(", ", credentials)}");
        Assert.True(store.LoadNodes() is [{ Draining: true, OldBoots: ["a"] }], when);
    }
}
