using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Persistence.Cluster;
using Homelab.Persistence.Sqlite;
using Homelab.Roles.Hub.Keys;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Roles.Hub;

/// <summary>What is in force and what is kept agree, also where the disk refuses in the middle.</summary>
public sealed class HubKeysTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly KeySource _source = new(KeyRing.Empty);
    private readonly RefusingStore _store;
    private readonly HubKeys _keys;

    public HubKeysTests()
    {
        _store = new RefusingStore(new SqliteClusterStore(null, _time));
        _keys = new HubKeys(new HubConfig(), _store, _source, _time);
    }

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_join_that_cannot_be_saved_leaves_the_token_as_it_was()
    {
        var token = Token();
        _store.RefusesSaves = true;
        Assert.Throws<StateWriteException>(() => _keys.Nodes.Join(token, "a", "tower"));
        _store.RefusesSaves = false;

        var credential = _keys.Nodes.Join(token, "a", "tower");

        Assert.Equal("a", Find(credential)!.NodeId);
        Assert.Null(_keys.Nodes.Join(token, "b", "other"));
    }

    [Fact]
    public void A_join_whose_token_cannot_be_spent_leaves_no_credential_in_force()
    {
        var token = Token();
        _store.RefusesSpending = true;

        Assert.Throws<StateWriteException>(() => _keys.Nodes.Join(token, "a", "tower"));

        Assert.DoesNotContain(_keys.List(), k => k.Kind == "node");
        Assert.DoesNotContain(_store.LoadCredentials(), c => c.Kind == StoredCredentialKind.Node);
    }

    [Fact]
    public void A_join_again_whose_former_credential_the_disk_will_not_forget_succeeds()
    {
        var former = _keys.Nodes.Join(Token(), "a", "tower");
        var token = Token();
        _store.RefusesDeletions = true;

        var credential = _keys.Nodes.Join(token, "a", "tower");

        Assert.NotNull(Find(credential));
        Assert.Null(Find(former));
    }

    [Fact]
    public void Revoking_a_node_on_a_disk_that_refuses_takes_every_credential_of_it_out_of_force()
    {
        var credential = _keys.Nodes.Join(Token(), "a", "tower");
        _store.RefusesDeletions = true;

        Assert.Throws<StateWriteException>(() => _keys.Nodes.Revoke("a"));

        Assert.Null(Find(credential));
    }

    [Fact]
    public void A_key_that_cannot_be_saved_is_not_in_force()
    {
        _store.RefusesSaves = true;

        Assert.Throws<StateWriteException>(() => _keys.Add(new KeyRequestWire("n8n")));
        Assert.Throws<StateWriteException>(() => _keys.EnsureAdminKey());

        Assert.Empty(_keys.List());
        Assert.True(_source.Current.IsEmpty);
    }

    [Fact]
    public void Old_tokens_are_cleared_away_when_a_new_one_is_made()
    {
        var (used, expired, good) = (Token(), Token(life: 10), Token(life: 1000));
        _keys.Nodes.Join(used, "a", "tower");
        _time.Advance(TimeSpan.FromSeconds(11));

        Token();

        Assert.Equal(2, _keys.List().Count(k => k.Kind == "join"));
        Assert.NotNull(_keys.Nodes.Join(good, "b", "other"));
        Assert.Null(_keys.Nodes.Join(expired, "c", "late"));
    }

    [Fact]
    public void A_token_that_differs_in_its_secret_only_is_wrong()
    {
        var token = Token();

        Assert.Null(_keys.Nodes.Join(token[..^1] + (token[^1] == 'x' ? 'y' : 'x'), "a", "tower"));
        Assert.Null(_keys.Nodes.Join(token + " ", "a", "tower"));
        Assert.NotNull(_keys.Nodes.Join(token, "a", "tower"));
    }

    [Fact]
    public void A_rate_survives_a_change_of_other_keys()
    {
        var (made, _) = _keys.Add(new KeyRequestWire("slow", RequestsPerMinute: 2));
        var before = Find(made!.Secret)!.Rate;
        _keys.Add(new KeyRequestWire("other"));

        Assert.NotNull(before);
        Assert.Same(before, Find(made.Secret)!.Rate);
    }

    [Fact]
    public void Names_of_strangers_are_not_remembered_as_uses()
    {
        _keys.Add(new KeyRequestWire("n8n"));
        for (var i = 0; i < 1000; i++)
        {
            _keys.NoteUse($"node:tower/{i}");
        }

        _keys.NoteUse("n8n");

        Assert.Equal(_time.GetUtcNow(), Assert.Single(_keys.List()).LastUsedAt);
    }

    [Fact]
    public void An_admin_key_is_made_again_once_the_only_one_was_revoked()
    {
        var first = _keys.EnsureAdminKey();
        Assert.NotNull(first);
        Assert.Null(_keys.EnsureAdminKey());
        Assert.Null(_keys.Revoke("admin").Problem);

        Assert.Null(Find(first));
        Assert.NotNull(_keys.EnsureAdminKey());
    }

    private string Token(double? life = null) => _keys.Nodes.MakeJoinToken(new JoinTokenRequestWire(1, life)).Token!.Token;

    private Principal? Find(string? key) => _source.Current.Find(key, _time.GetUtcNow());
}
