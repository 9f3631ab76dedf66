using System.Collections.Immutable;
using System.Security.Cryptography;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Persistence.Cluster;

namespace Homelab.Roles.Hub.Keys;

/// <summary>The keys of the cluster: service keys and the admin key, node credentials, join tokens. What is made or revoked here is on the disk before the
/// call returns and in force with the next request. Safe from any thread; waits for the disk.</summary>
internal sealed class HubKeys
{
    private const string AdminName = "admin";
    private const string Configured = "-";
    private const int LongestName = 64;
    private const int MostPatterns = 256;
    private const int MostUses = 10_000;

    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(24);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(3660);

    private readonly Lock _lock = new();
    private readonly IClusterStore _store;
    private readonly KeySource _source;
    private readonly TimeProvider _time;
    private readonly HubConfig _config;
    private readonly Dictionary<string, StoredCredential> _stored;
    private readonly Dictionary<string, DateTimeOffset> _used = new(StringComparer.Ordinal);

    /// <param name="config">Keys that stand in the configuration are in force as long as they stand there, and are not stored.</param>
    /// <param name="store">Where the others are kept.</param>
    /// <param name="source">What the listeners ask; replaced at each change.</param>
    /// <param name="time">For expiry; wall time, since it must hold over restarts.</param>
    public HubKeys(HubConfig config, IClusterStore store, KeySource source, TimeProvider time)
    {
        _config = config;
        _store = store;
        _source = source;
        _time = time;
        _stored = store.LoadCredentials().ToDictionary(c => c.Id, StringComparer.Ordinal);
        Publish();
    }

    /// <summary>Makes the admin key where there is none yet: neither configured nor made by an earlier start.</summary>
    /// <returns>The new key, to be printed once; null where there was one.</returns>
    public string? EnsureAdminKey()
    {
        lock (_lock)
        {
            if (_config.AdminKey is { Length: > 0 } || _stored.Values.Any(c => c is { Kind: StoredCredentialKind.Service, IsAdmin: true } && !IsExpired(c)))
            {
                return null;
            }

            var secret = HomelabKey.Make(HomelabKey.Admin);
            Put(New(secret, StoredCredentialKind.Service, AdminName) with { IsAdmin = true });
            return secret;
        }
    }

    /// <summary>Every key and token that is not a node's, and the nodes' too; the configured ones first.</summary>
    public IReadOnlyList<KeyWire> List()
    {
        lock (_lock)
        {
            return
            [
                .. _config.ServiceKeys.Select(k => new KeyWire(Configured, "service", k.Name, k.Admin, k.Models, k.RequestsPerMinute, Configured: true)),
                .. _config.AdminKey is { Length: > 0 } ? [new KeyWire(Configured, "service", AdminName, true, ["*"], Configured: true)] : Array.Empty<KeyWire>(),
                .. _stored.Values.OrderBy(c => c.Kind).ThenBy(c => c.Name, StringComparer.Ordinal).ThenBy(c => c.Id, StringComparer.Ordinal).Select(Wire),
            ];
        }
    }

    /// <summary>Makes a service key.</summary>
    /// <exception cref="StateWriteException">The disk refused; no key was made.</exception>
    public (KeyMadeWire? Made, KeyProblem? Problem) Add(KeyRequestWire request)
    {
        if (Check(request) is { } wrong)
        {
            return (null, new KeyProblem(400, "invalid_request", wrong));
        }

        lock (_lock)
        {
            if (string.Equals(request.Name, AdminName, StringComparison.OrdinalIgnoreCase)
                || _config.ServiceKeys.Any(k => string.Equals(k.Name, request.Name, StringComparison.OrdinalIgnoreCase))
                || _stored.Values.Any(c => c.Kind == StoredCredentialKind.Service && string.Equals(c.Name, request.Name, StringComparison.OrdinalIgnoreCase)))
            {
                return (null, new KeyProblem(409, "key_exists", $"there is a key named '{request.Name}' already; choose another name, or revoke that one first"));
            }

            var secret = HomelabKey.Make(request.Admin ? HomelabKey.Admin : HomelabKey.Service);
            var credential = New(secret, StoredCredentialKind.Service, request.Name) with
            {
                IsAdmin = request.Admin,
                Models = [.. request.Models ?? []],
                RequestsPerMinute = request.RequestsPerMinute,
                ExpiresAt = request.TtlSeconds is { } life ? _time.GetUtcNow() + TimeSpan.FromSeconds(life) : null,
            };
            Put(credential);
            return (new KeyMadeWire(Wire(credential), secret), null);
        }
    }

    /// <summary>Revokes a service key or a join token, by id or name. A node's credential goes with the node.</summary>
    /// <exception cref="StateWriteException">The disk refused; it is out of force all the same, until the hub starts again.</exception>
    public (KeyWire? Revoked, KeyProblem? Problem) Revoke(string idOrName)
    {
        lock (_lock)
        {
            var found = _stored.GetValueOrDefault(idOrName)
                ?? _stored.Values.FirstOrDefault(c => c.Kind == StoredCredentialKind.Service && string.Equals(c.Name, idOrName, StringComparison.OrdinalIgnoreCase));
            if (found is null)
            {
                return (null, _config.ServiceKeys.Any(k => string.Equals(k.Name, idOrName, StringComparison.OrdinalIgnoreCase))
                    ? new KeyProblem(409, "key_configured", $"the key '{idOrName}' stands in the hub's configuration; take it out there and start the hub again")
                    : new KeyProblem(404, "key_not_found", $"there is no key '{Telemetry.Printable.OneLine(idOrName, LongestName)}'; homelab keys lists them"));
            }

            if (found.Kind == StoredCredentialKind.Node)
            {
                return (null, new KeyProblem(409, "key_of_a_node", $"that is the credential of {found.Name}; revoke it with: homelab nodes remove {found.Name}"));
            }

            Drop(found.Id);
            return (Wire(found), null);
        }
    }

    /// <summary>Makes a join token.</summary>
    /// <exception cref="StateWriteException">The disk refused; no token was made.</exception>
    public (JoinTokenWire? Token, KeyProblem? Problem) MakeJoinToken(JoinTokenRequestWire request)
    {
        var uses = request.Uses ?? 1;
        if (uses is < 1 or > MostUses)
        {
            return (null, new KeyProblem(400, "invalid_request", $"uses must be from 1 to {MostUses}"));
        }

        if (!IsLife(request.TtlSeconds))
        {
            return (null, new KeyProblem(400, "invalid_request", "ttl_seconds must be a positive number of seconds, at most ten years"));
        }

        var secret = HomelabKey.Make(HomelabKey.Join);
        var until = _time.GetUtcNow() + (request.TtlSeconds is { } life ? TimeSpan.FromSeconds(life) : TokenLife);
        lock (_lock)
        {
            foreach (var old in _stored.Values.Where(c => c.Kind == StoredCredentialKind.Join && (IsExpired(c) || c.UsesLeft == 0)).ToList())
            {
                Drop(old.Id);
            }

            Put(New(secret, StoredCredentialKind.Join, "join token") with { ExpiresAt = until, UsesLeft = uses });
        }

        return (new JoinTokenWire(secret, until, uses), null);
    }

    /// <summary>Exchanges a join token for a node's credential; an earlier credential of the same node goes out of force.</summary>
    /// <param name="token">As the caller sent it.</param>
    /// <param name="nodeId">Of the node that joins.</param>
    /// <param name="name">Of the node that joins.</param>
    /// <returns>The credential; null where the token is not good (any more).</returns>
    /// <exception cref="StateWriteException">The disk refused; nothing changed.</exception>
    public string? Join(string token, string nodeId, string name)
    {
        lock (_lock)
        {
            if (!IsStandingToken(token) && !TrySpend(token))
            {
                return null;
            }

            var secret = HomelabKey.Make(HomelabKey.Node);
            var before = _stored.Values.Where(c => c.Kind == StoredCredentialKind.Node && c.NodeId == nodeId).ToList();
            Put(New(secret, StoredCredentialKind.Node, name) with { NodeId = nodeId });
            foreach (var old in before)
            {
                Drop(old.Id);
            }

            return secret;
        }
    }

    /// <summary>Takes a node's credential out of force.</summary>
    /// <exception cref="StateWriteException">The disk refused; it is out of force all the same, until the hub starts again.</exception>
    public void RevokeNode(string nodeId)
    {
        lock (_lock)
        {
            foreach (var credential in _stored.Values.Where(c => c.Kind == StoredCredentialKind.Node && c.NodeId == nodeId).ToList())
            {
                Drop(credential.Id);
            }
        }
    }

    /// <summary>Notes that a service key was used, by its name; to the minute.</summary>
    public void NoteUse(string name)
    {
        var now = _time.GetUtcNow();
        lock (_lock)
        {
            if (_used.TryGetValue(name, out var last) && now - last < TimeSpan.FromMinutes(1))
            {
                return;
            }

            _used[name] = now;
            if (_stored.Values.FirstOrDefault(c => c.Kind == StoredCredentialKind.Service && c.Name == name) is { } credential)
            {
                _stored[credential.Id] = credential with { LastUsedAt = now };
                _store.NoteUse(credential.Id, now);
            }
        }
    }

    private static string? Check(KeyRequestWire request) =>
        string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > LongestName || request.Name.Any(char.IsControl) ? $"name must be 1 to {LongestName} characters on one line"
        : request.Models is { } models && (models.Count is 0 or > MostPatterns || models.Any(m => string.IsNullOrWhiteSpace(m) || m.Length > 256)) ? "models must be a list of names or patterns"
        : request.RequestsPerMinute is < 1 or > 1_000_000 ? "requests_per_minute must be from 1 to 1000000"
        : !IsLife(request.TtlSeconds) ? "ttl_seconds must be a positive number of seconds, at most ten years"
        : null;

    private static bool IsLife(double? seconds) => seconds is null || (seconds > 0 && seconds <= LongestLife.TotalSeconds);

    private static KeyWire Wire(StoredCredential credential) => new(
        credential.Id,
        credential.Kind.ToString().ToLowerInvariant(),
        credential.Name,
        credential.IsAdmin,
        credential.Kind != StoredCredentialKind.Service ? [] : credential.Models.IsEmpty ? ["*"] : credential.Models,
        credential.RequestsPerMinute,
        credential.CreatedAt,
        credential.ExpiresAt,
        credential.LastUsedAt);

    private bool IsExpired(StoredCredential credential) => credential.ExpiresAt is { } until && until <= _time.GetUtcNow();

    private bool IsStandingToken(string token) =>
        _config.JoinToken is { Length: > 0 } standing && CryptographicOperations.FixedTimeEquals(KeyRing.HashOf(standing).AsSpan(), KeyRing.HashOf(token).AsSpan());

    private bool TrySpend(string token) =>
        HomelabKey.IdOf(token) is { IsEmpty: false } span && span.ToString() is var id
        && _stored.GetValueOrDefault(id) is { Kind: StoredCredentialKind.Join } credential
        && CryptographicOperations.FixedTimeEquals(credential.Hash.AsSpan(), KeyRing.HashOf(token).AsSpan())
        && !IsExpired(credential)
        && _store.TrySpend(id)
        && Spent(credential);

    private bool Spent(StoredCredential credential)
    {
        _stored[credential.Id] = credential with { UsesLeft = Math.Max(0, (credential.UsesLeft ?? 1) - 1) };
        return true;
    }

    private void Put(StoredCredential credential)
    {
        _store.Save(credential);
        _stored[credential.Id] = credential;
        Publish();
    }

    private void Drop(string id)
    {
        _stored.Remove(id);
        Publish();
        _store.DeleteCredential(id);
    }

    private StoredCredential New(string secret, StoredCredentialKind kind, string name) =>
        new(HomelabKey.IdOf(secret).ToString(), kind, name, KeyRing.HashOf(secret), false, [], null, null, _time.GetUtcNow(), null, null, null);

    private void Publish() => _source.Replace(Entries());

    private IEnumerable<KeyEntry> Entries()
    {
        foreach (var key in _config.ServiceKeys)
        {
            yield return KeyRing.Entry(key.Name, key.Key, key.Admin) with { Models = Patterns(key.Models), RequestsPerMinute = key.RequestsPerMinute };
        }

        if (_config.AdminKey is { Length: > 0 } admin)
        {
            yield return KeyRing.Entry(AdminName, admin, isAdmin: true);
        }

        foreach (var credential in _stored.Values.Where(c => c.Kind != StoredCredentialKind.Join))
        {
            yield return new KeyEntry(credential.Kind == StoredCredentialKind.Node ? "node:" + credential.Name : credential.Name, credential.Hash, credential.IsAdmin)
            {
                Id = credential.Id,
                Kind = credential.Kind == StoredCredentialKind.Node ? PrincipalKind.Node : PrincipalKind.Service,
                NodeId = credential.NodeId,
                Models = Patterns(credential.Models),
                RequestsPerMinute = credential.RequestsPerMinute,
                Expires = credential.ExpiresAt,
            };
        }
    }

    /// <summary><c>*</c> alone is every model, which needs no look.</summary>
    private static ImmutableArray<ModelPattern> Patterns(IEnumerable<string> models) =>
        models.Contains("*") ? [] : [.. models.Select(m => new ModelPattern(m))];
}
