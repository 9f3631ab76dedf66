using System.Text.Json;
using Homelab.Persistence;
using Homelab.Persistence.Cluster;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Persistence.Cluster;

/// <summary>What every store of a cluster keeps to, wherever it keeps its things.</summary>
public abstract class ClusterStoreTests : IDisposable
{
    private readonly List<IClusterStore> _opened = [];

    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero));

    private protected List<StateFault> Reported { get; } = [];

    public void Dispose()
    {
        foreach (var store in _opened)
        {
            store.Dispose();
        }

        Assert.Empty(Reported);
        Clean();
    }

    [Fact]
    public void A_new_store_is_empty_and_well()
    {
        var store = Open();

        Assert.Empty(store.LoadCredentials());
        Assert.Empty(store.LoadNodes());
        Assert.Empty(store.LoadMeasures());
        Assert.Empty(store.EventsSince(0, 10));
        Assert.Empty(store.UsageSince(DateTimeOffset.MinValue));
        Assert.Empty(store.LoadAliases());
        Assert.Equal(0, store.LastEventId);
        Assert.Empty(store.Faults);
    }

    [Fact]
    public void A_credential_comes_back_with_all_that_it_is()
    {
        var store = Open();
        var plain = Credential("plain") with { Hash = default, Models = default };
        var full = new StoredCredential(
            "a1b2c3d4", StoredCredentialKind.Node, "the 'big' \"box\"; DROP TABLE documents --", [0, 255, 128], true, ["llama*", "qwen3:8b"], 60, "node-1",
            Time.GetUtcNow(), Time.GetUtcNow().AddDays(1), 3, Time.GetUtcNow().AddMinutes(1));
        store.Save(full);
        store.Save(plain);

        Assert.Equal([Text(full), Text(plain with { Hash = [], Models = [] })], Reopen(store).LoadCredentials().Select(Text));
    }

    [Fact]
    public void Saving_again_replaces_and_deleting_removes_only_the_one()
    {
        var store = Open();
        store.Save(Credential("a"));
        store.Save(Credential("b"));
        store.Save(Credential("a") with { Name = "renamed" });
        store.DeleteCredential("b");
        store.DeleteCredential("never there");
        store.Save(Node("a"));
        store.Save(Node("a") with { Draining = true, OldBoots = ["x", "y"] });
        store.Save(Node("b"));
        store.DeleteNode("b");
        store = Reopen(store);

        Assert.Equal("renamed", Assert.Single(store.LoadCredentials()).Name);
        var node = Assert.Single(store.LoadNodes());
        Assert.Equal(("a", true, 2), (node.Id, node.Draining, node.OldBoots.Length));
    }

    [Fact]
    public void The_last_use_of_a_credential_is_kept_and_does_not_go_backwards()
    {
        var store = Open();
        store.Save(Credential("a"));
        store.NoteUse("a", Time.GetUtcNow());
        store.NoteUse("a", Time.GetUtcNow().AddHours(-1));
        store.NoteUse("never there", Time.GetUtcNow());

        Assert.Equal(Time.GetUtcNow(), Assert.Single(Reopen(store).LoadCredentials()).LastUsedAt);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Of_fifty_threads_that_spend_a_token_at_once_as_many_win_as_it_has_uses(int uses)
    {
        var store = Open();
        store.Save(Credential("token") with { Kind = StoredCredentialKind.Join, UsesLeft = uses });
        var won = 0;
        using var start = new Barrier(50);
        var threads = Enumerable.Range(0, 50).Select(_ => new Thread(() =>
        {
            start.SignalAndWait();
            store.NoteUse("token", Time.GetUtcNow());
            if (store.TrySpend("token"))
            {
                Interlocked.Increment(ref won);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Equal(uses, won);
        store = Reopen(store);
        Assert.False(store.TrySpend("token"));
        Assert.Equal(0, Assert.Single(store.LoadCredentials()).UsesLeft);
    }

    [Fact]
    public void A_token_without_a_limit_is_never_used_up_and_an_unknown_one_is_never_spent()
    {
        var store = Open();
        store.Save(Credential("free"));

        Assert.True(store.TrySpend("free"));
        Assert.True(store.TrySpend("free"));
        Assert.False(store.TrySpend("unknown"));
    }

    [Fact]
    public void Epochs_grow_and_are_at_least_what_is_asked_for()
    {
        var store = Open();

        Assert.Equal(1, store.NextEpoch(0));
        Assert.Equal(1000, store.NextEpoch(1000));
        store = Reopen(store);
        Assert.Equal(1001, store.NextEpoch(5));
        Assert.Equal(1002, store.NextEpoch(1002));
    }

    [Fact]
    public void Aliases_are_set_replaced_and_removed_whatever_their_case()
    {
        var store = Open();
        store.Save(new StoredAlias("Coder", ["a:1b"]));
        store.Save(new StoredAlias("chat", ["b:1b"]));
        store.Save(new StoredAlias("coder", ["a:7b", "a:1b"]));
        store.Save(new StoredAlias("gone", ["b:1b"]));
        store.DeleteAlias("GONE");
        store = Reopen(store);

        Assert.Equal(["chat b:1b", "coder a:7b a:1b"], store.LoadAliases().Select(alias => $"{alias.Name} {string.Join(' ', alias.Of)}").Order());
    }

    [Fact]
    public void Measures_are_replaced_by_node_and_model_and_deleted_by_node()
    {
        var store = Open();
        store.Save(Measured("a", "m", 1));
        store.Save(Measured("a", "m", 2));
        store.Save(Measured("a", "n", 3));
        store.Save(Measured("ab", "m", 4));
        store = Reopen(store);
        Assert.Equal([2, 3, 4], store.LoadMeasures().Select(m => m.ServiceSeconds!.Value));

        store.DeleteMeasures("a");
        Assert.Equal(Measured("ab", "m", 4), Assert.Single(store.LoadMeasures()));
        Assert.Equal(Measured("ab", "m", 4), Assert.Single(Reopen(store).LoadMeasures()));
    }

    [Fact]
    public void Events_are_read_in_order_from_any_point_whether_written_yet_or_not()
    {
        var store = Open();
        store.Append([Event(1), Event(2)]);
        store.Append([Event(3)]);
        Time.Advance(TimeSpan.FromSeconds(2));
        store.Append([Event(4), Event(5)]);

        Assert.Equal([1, 2, 3, 4, 5], store.EventsSince(0, 100).Select(e => e.Id));
        Assert.Equal([3, 4, 5], store.EventsSince(2, 100).Select(e => e.Id));
        Assert.Equal([2, 3, 4], store.EventsSince(1, 3).Select(e => e.Id));
        Assert.Equal([2], store.EventsSince(1, 1).Select(e => e.Id));
        Assert.Empty(store.EventsSince(5, 100));
        Assert.Equal(5, store.LastEventId);

        store = Reopen(store);
        Assert.Equal(5, store.LastEventId);
        Assert.Equal(Event(4), store.EventsSince(3, 1)[0]);
    }

    [Fact]
    public void Usage_adds_up_within_an_hour_and_is_read_from_an_hour_on()
    {
        var store = Open();
        var hour = new DateTimeOffset(2031, 5, 6, 7, 0, 0, TimeSpan.Zero);
        store.Add([Usage(hour.AddMinutes(1), "k"), Usage(hour.AddMinutes(59), "k")]);
        Time.Advance(TimeSpan.FromSeconds(2));
        store.Add([Usage(hour, "k"), Usage(hour, "other"), Usage(hour.AddHours(1), "k"), Usage(hour.AddHours(-1), "k")]);

        StoredUsage[] expected = [new(hour, "k", "m", "n", 3, 3, 30, 300), new(hour, "other", "m", "n", 1, 1, 10, 100), new(hour.AddHours(1), "k", "m", "n", 1, 1, 10, 100)];
        Assert.Equal(expected, store.UsageSince(hour.AddMinutes(30)));
        Assert.Equal(expected, Reopen(store).UsageSince(hour));
    }

    [Fact]
    public void Readers_and_writers_at_once_see_whole_things()
    {
        var store = Open();
        var writers = Enumerable.Range(0, 4).Select(w => new Thread(() =>
        {
            for (var i = 0; i < 25; i++)
            {
                store.Save(Node($"{w}") with { Name = $"{i}", BootId = $"{i}" });
                store.Save(Measured($"{w}", $"{i}", 1));
                store.Add([Usage(Time.GetUtcNow(), $"{w}")]);
                lock (Time)
                {
                    store.Append([Event(store.LastEventId + 1)]);
                    Time.Advance(TimeSpan.FromSeconds(1));
                }
            }
        })).ToList();
        var torn = 0;
        var gaps = 0;
        var reader = new Thread(() =>
        {
            while (writers.Any(w => w.IsAlive))
            {
                torn += store.LoadNodes().Count(n => n.Name != n.BootId);
                var ids = store.EventsSince(0, 1000).Select(e => e.Id).ToList();
                gaps += ids.SequenceEqual(Enumerable.Range(1, ids.Count).Select(i => (long)i)) ? 0 : 1;
            }
        });
        writers.ForEach(thread => thread.Start());
        reader.Start();
        writers.ForEach(thread => thread.Join());
        reader.Join();

        Assert.Equal((0, 0), (torn, gaps));
        store = Reopen(store);
        Assert.Equal((4, 100, 100), (store.LoadNodes().Count, store.LoadMeasures().Count, store.EventsSince(0, 1000).Count));
        Assert.Equal(100, store.UsageSince(DateTimeOffset.MinValue).Sum(u => u.Requests));
    }

    [Fact]
    public void A_printed_credential_shows_no_hash() =>
        Assert.Equal("Service a (a)", Credential("a").ToString());

    private protected abstract IClusterStore Create();

    /// <summary>What a restart of the hub leaves; a store that keeps nothing gives itself.</summary>
    private protected abstract IClusterStore Restart(IClusterStore store);

    private protected abstract void Clean();

    private protected StoredCredential Credential(string id) => new(id, StoredCredentialKind.Service, id, [1, 2, 3], false, [], null, null, Time.GetUtcNow(), null, null, null);

    private protected StoredNode Node(string id) => new(id, id, "boot", [], false, Time.GetUtcNow());

    private protected static StoredEvent Event(long id) => new(id, DateTimeOffset.FromUnixTimeMilliseconds(1_935_800_000_000 + id), $"{{\"n\":{id}}}");

    private protected static StoredUsage Usage(DateTimeOffset hour, string key) => new(hour, key, "m", "n", 1, 1, 10, 100);

    private static StoredMeasure Measured(string node, string model, double seconds) => new(node, model, seconds, 900.5, null, 4);

    private static string Text(StoredCredential credential) => JsonSerializer.Serialize(credential, PersistenceJson.Default.StoredCredential);

    private IClusterStore Open() => Track(Create());

    private IClusterStore Reopen(IClusterStore store) => Track(Restart(store));

    private IClusterStore Track(IClusterStore store)
    {
        _opened.Add(store);
        return store;
    }
}
