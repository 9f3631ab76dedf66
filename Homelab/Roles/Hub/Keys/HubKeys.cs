using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Gateway.Access;
using Homelab.Persistence.Cluster;

namespace Homelab.Roles.Hub.Keys;

/// <summary>The keys of the cluster: service keys and the admin key, and by <see cref="Nodes"/> those of its machines. What is made or revoked here is on the disk before the
/// call returns and in force with the next request. Safe from any thread; waits for the disk.</summary>
internal sealed class HubKeys
{
    private const string AdminName = CredentialBook.AdminName;
    private const string Configured = "-";
    private const int LongestName = 64;
    private const int MostPatterns = 256;

    private static readonly TimeSpan UsePause = TimeSpan.FromMinutes(1);

    private readonly IClusterStore _store;
    private readonly TimeProvider _time;
    private readonly HubConfig _config;
    private readonly CredentialBook _book;
    private readonly Dictionary<string, DateTimeOffset> _used = new(StringComparer.Ordinal);

    /// <param name="config">Keys that stand in the configuration are in force as long as they stand there, and are not stored.</param>
    /// <param name="store">Where the others are kept.</param>
    /// <param name="source">What the listeners ask; replaced at each change.</param>
    /// <param name="time">For expiry; wall time, since it must hold over restarts.</param>
    public HubKeys(HubConfig config, IClusterStore store, KeySource source, TimeProvider time)
    {
        _config = config;
        _store = store;
        _time = time;
        _book = new CredentialBook(config, store, source, time);
        Nodes = new NodeKeys(config, store, _book, time);
    }

    /// <summary>The machines' part.</summary>
    public NodeKeys Nodes { get; }

    /// <summary>Takes in what the store knows, which after a disk came back is more than before.</summary>
    public void Reload() => _book.Reload();

    /// <summary>Makes the admin key where there is none yet: neither configured nor made by an earlier start.</summary>
    /// <returns>The new key, to be printed once; null where there was one.</returns>
    public string? EnsureAdminKey()
    {
        lock (_book.Gate)
        {
            if (_config.AdminKey is { Length: > 0 } || _book.All.Any(c => c is { Kind: StoredCredentialKind.Service, IsAdmin: true } && !_book.IsExpired(c)))
            {
                return null;
            }

            var secret = HomelabKey.Make(HomelabKey.Admin);
            _book.Put(_book.New(secret, StoredCredentialKind.Service, AdminName) with { IsAdmin = true });
            return secret;
        }
    }

    /// <summary>Every key and token that is not a node's, and the nodes' too; the configured ones first.</summary>
    public IReadOnlyList<KeyWire> List()
    {
        lock (_book.Gate)
        {
            return
            [
                .. _config.ServiceKeys.Select(k => new KeyWire(Configured, "service", k.Name, k.Admin, k.Models, k.RequestsPerMinute, Configured: true, Infra: k.Infra || k.Admin)),
                .. _config.AdminKey is { Length: > 0 } ? [new KeyWire(Configured, "service", AdminName, true, ["*"], Configured: true, Infra: true)] : Array.Empty<KeyWire>(),
                .. _book.All.OrderBy(c => c.Kind).ThenBy(c => c.Name, StringComparer.Ordinal).ThenBy(c => c.Id, StringComparer.Ordinal).Select(Wire),
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

        lock (_book.Gate)
        {
            if (string.Equals(request.Name, AdminName, StringComparison.OrdinalIgnoreCase)
                || _config.ServiceKeys.Any(k => string.Equals(k.Name, request.Name, StringComparison.OrdinalIgnoreCase))
                || _book.All.Any(c => c.Kind == StoredCredentialKind.Service && string.Equals(c.Name, request.Name, StringComparison.OrdinalIgnoreCase)))
            {
                return (null, new KeyProblem(409, "key_exists", $"there is a key named '{request.Name}' already; choose another name, or revoke that one first"));
            }

            var secret = HomelabKey.Make(request.Admin ? HomelabKey.Admin : HomelabKey.Service);
            var credential = _book.New(secret, StoredCredentialKind.Service, request.Name) with
            {
                IsAdmin = request.Admin,
                Infra = request.Infra,
                Models = [.. request.Models ?? []],
                RequestsPerMinute = request.RequestsPerMinute,
                ExpiresAt = request.TtlSeconds is { } life ? _time.GetUtcNow() + TimeSpan.FromSeconds(life) : null,
            };
            _book.Put(credential);
            return (new KeyMadeWire(Wire(credential), secret), null);
        }
    }

    /// <summary>Revokes a service key or a join token, by id or name. A node's credential goes with the node.</summary>
    /// <exception cref="StateWriteException">The disk refused; it is out of force all the same.</exception>
    public (KeyWire? Revoked, KeyProblem? Problem) Revoke(string idOrName)
    {
        lock (_book.Gate)
        {
            var found = _book.Find(idOrName)
                ?? _book.All.FirstOrDefault(c => c.Kind == StoredCredentialKind.Service && string.Equals(c.Name, idOrName, StringComparison.OrdinalIgnoreCase));
            if (found is null)
            {
                var isConfigured = _config.ServiceKeys.Any(k => string.Equals(k.Name, idOrName, StringComparison.OrdinalIgnoreCase))
                    || (_config.AdminKey is { Length: > 0 } && string.Equals(idOrName, AdminName, StringComparison.OrdinalIgnoreCase));
                return (null, isConfigured
                    ? new KeyProblem(409, "key_configured", $"the key '{idOrName}' stands in the hub's configuration; take it out there and start the hub again")
                    : new KeyProblem(404, "key_not_found", $"there is no key '{Telemetry.Printable.OneLine(idOrName, LongestName)}'; homelab keys lists them"));
            }

            if (found.Kind == StoredCredentialKind.Node)
            {
                return (null, new KeyProblem(409, "key_of_a_node", $"that is the credential of {found.Name}; revoke it with: homelab nodes remove {found.Name}"));
            }

            if (_book.Drop(found.Id) is { } refused)
            {
                throw new StateWriteException(refused.Fault, refused);
            }

            return (Wire(found), null);
        }
    }

    /// <summary>Notes that a service key was used, by its name; to the minute.</summary>
    public void NoteUse(string name)
    {
        var now = _time.GetUtcNow();
        lock (_book.Gate)
        {
            // Only names of keys are remembered: a node's callers have as many names as they like.
            if ((_used.TryGetValue(name, out var last) && now - last < UsePause) || _book.All.FirstOrDefault(c => c.Kind == StoredCredentialKind.Service && c.Name == name) is not { } credential)
            {
                return;
            }

            _used[name] = now;
            _book.Note(credential with { LastUsedAt = now });
            _store.NoteUse(credential.Id, now);
        }
    }

    private static string? Check(KeyRequestWire request) =>
        string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > LongestName || request.Name.Any(char.IsControl) ? $"name must be 1 to {LongestName} characters on one line"
        : request.Models is { } models && (models.Count is 0 or > MostPatterns || models.Any(m => string.IsNullOrWhiteSpace(m) || m.Length > 256)) ? "models must be a list of names or patterns"
        : request.RequestsPerMinute is < 1 or > 1_000_000 ? "requests_per_minute must be from 1 to 1000000"
        : !KeyLife.IsOne(request.TtlSeconds) ? KeyLife.Problem
        : null;

    private static KeyWire Wire(StoredCredential credential) => new(
        credential.Id,
        credential.Kind.ToString().ToLowerInvariant(),
        credential.Name,
        credential.IsAdmin,
        credential.Kind != StoredCredentialKind.Service ? [] : credential.Models.IsEmpty ? ["*"] : credential.Models,
        credential.RequestsPerMinute,
        credential.CreatedAt,
        credential.ExpiresAt,
        credential.LastUsedAt,
        Infra: credential.Kind == StoredCredentialKind.Service && (credential.Infra || credential.IsAdmin));
}
