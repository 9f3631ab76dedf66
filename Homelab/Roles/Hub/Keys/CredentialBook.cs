using System.Collections.Immutable;
using Homelab.Configuration;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Persistence.Cluster;

namespace Homelab.Roles.Hub.Keys;

/// <summary>The credentials that were made here, by id, and those in force at the listeners: what changes is on the disk before the call returns and in force
/// with the next request. Safe from any thread; who needs several steps to be one holds <see cref="Gate"/>.</summary>
internal sealed class CredentialBook
{
    /// <summary>Of the key that may change everything.</summary>
    public const string AdminName = "admin";

    private readonly IClusterStore _store;
    private readonly KeySource _source;
    private readonly TimeProvider _time;
    private readonly HubConfig _config;
    private readonly Dictionary<string, StoredCredential> _stored = new(StringComparer.Ordinal);

    /// <param name="config">Keys that stand in the configuration are in force as long as they stand there, and are not stored.</param>
    /// <param name="store">Where the others are kept.</param>
    /// <param name="source">What the listeners ask; replaced at each change.</param>
    /// <param name="time">For expiry; wall time, since it must hold over restarts.</param>
    public CredentialBook(HubConfig config, IClusterStore store, KeySource source, TimeProvider time)
    {
        _config = config;
        _store = store;
        _source = source;
        _time = time;
        Reload();
    }

    public Lock Gate { get; } = new();

    /// <summary>All of them; only while <see cref="Gate"/> is held.</summary>
    public IReadOnlyCollection<StoredCredential> All => _stored.Values;

    /// <summary>Takes in what the store knows, which after a disk came back is more than before.</summary>
    public void Reload()
    {
        lock (Gate)
        {
            _stored.Clear();
            foreach (var credential in _store.LoadCredentials())
            {
                _stored[credential.Id] = credential;
            }

            Publish();
        }
    }

    /// <summary>Null where there is none.</summary>
    public StoredCredential? Find(string id)
    {
        lock (Gate)
        {
            return _stored.GetValueOrDefault(id);
        }
    }

    public bool IsExpired(StoredCredential credential) => credential.ExpiresAt is { } until && until <= _time.GetUtcNow();

    /// <summary>A credential for a secret, which is not kept.</summary>
    public StoredCredential New(string secret, StoredCredentialKind kind, string name) =>
        new(HomelabKey.IdOf(secret).ToString(), kind, name, KeyRing.HashOf(secret), false, [], null, null, _time.GetUtcNow(), null, null, null);

    /// <summary>Keeps it and puts it in force.</summary>
    /// <exception cref="StateWriteException">The disk refused; nothing changed.</exception>
    public void Put(StoredCredential credential)
    {
        lock (Gate)
        {
            _store.Save(credential);
            _stored[credential.Id] = credential;
            Publish();
        }
    }

    /// <summary>Notes what changes nothing of what is in force, and which the store has been told of already.</summary>
    public void Note(StoredCredential credential)
    {
        lock (Gate)
        {
            _stored[credential.Id] = credential;
        }
    }

    /// <summary>Takes it out of force at once, and from the disk: where that refuses, as soon as it can be written.</summary>
    /// <returns>What the disk said where it refused.</returns>
    public StateWriteException? Drop(string id)
    {
        lock (Gate)
        {
            _stored.Remove(id);
            Publish();
            try
            {
                _store.DeleteCredential(id);
                return null;
            }
            catch (StateWriteException refused)
            {
                return refused;
            }
        }
    }

    private void Publish() => _source.Replace(Entries());

    private IEnumerable<KeyEntry> Entries()
    {
        foreach (var key in _config.ServiceKeys)
        {
            yield return KeyRing.Entry(key.Name, key.Key, key.Admin) with { Models = Patterns(key.Models), RequestsPerMinute = key.RequestsPerMinute, Infra = key.Infra };
        }

        if (_config.AdminKey is { Length: > 0 } admin)
        {
            yield return KeyRing.Entry(AdminName, admin, isAdmin: true);
        }

        foreach (var credential in _stored.Values.Where(static c => c.Kind != StoredCredentialKind.Join))
        {
            yield return new KeyEntry(credential.Kind == StoredCredentialKind.Node ? "node:" + credential.Name : credential.Name, credential.Hash, credential.IsAdmin)
            {
                Id = credential.Id,
                Kind = credential.Kind == StoredCredentialKind.Node ? PrincipalKind.Node : PrincipalKind.Service,
                NodeId = credential.NodeId,
                Models = Patterns(credential.Models),
                RequestsPerMinute = credential.RequestsPerMinute,
                Expires = credential.ExpiresAt,
                Infra = credential.Infra,
            };
        }
    }

    /// <summary><c>*</c> alone is every model, which needs no look.</summary>
    private static ImmutableArray<ModelPattern> Patterns(IEnumerable<string> models) =>
        models.Contains("*") ? [] : [.. models.Select(m => new ModelPattern(m))];
}
