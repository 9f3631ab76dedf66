using System.Security.Cryptography;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Gateway.Access;
using Homelab.Persistence.Cluster;

namespace Homelab.Roles.Hub.Keys;

/// <summary>How machines get in and out: join tokens, and the credentials that nodes get for them. Safe from any thread; waits for the disk.</summary>
/// <param name="config">May name a standing token.</param>
/// <param name="store">Counts the uses of tokens.</param>
/// <param name="book">Keeps both.</param>
/// <param name="time">For expiry.</param>
internal sealed class NodeKeys(HubConfig config, IClusterStore store, CredentialBook book, TimeProvider time)
{
    private const int MostUses = 10_000;

    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(24);

    /// <summary>Makes a join token.</summary>
    /// <exception cref="StateWriteException">The disk refused; no token was made.</exception>
    public (JoinTokenWire? Token, KeyProblem? Problem) MakeJoinToken(JoinTokenRequestWire request)
    {
        var uses = request.Uses ?? 1;
        if (uses is < 1 or > MostUses)
        {
            return (null, new KeyProblem(400, "invalid_request", $"uses must be from 1 to {MostUses}"));
        }

        if (!KeyLife.IsOne(request.TtlSeconds))
        {
            return (null, new KeyProblem(400, "invalid_request", KeyLife.Problem));
        }

        var secret = HomelabKey.Make(HomelabKey.Join);
        var until = time.GetUtcNow() + (request.TtlSeconds is { } life ? TimeSpan.FromSeconds(life) : TokenLife);
        lock (book.Gate)
        {
            foreach (var old in book.All.Where(c => c.Kind == StoredCredentialKind.Join && (book.IsExpired(c) || c.UsesLeft == 0)).ToList())
            {
                book.Drop(old.Id);
            }

            book.Put(book.New(secret, StoredCredentialKind.Join, "join token") with { ExpiresAt = until, UsesLeft = uses });
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
        lock (book.Gate)
        {
            var isStanding = IsStandingToken(token);
            if (!isStanding && FindToken(token) is null)
            {
                return null;
            }

            // Saved before the token is spent: a disk that refuses must cost neither the node its credential nor the operator the token.
            var secret = HomelabKey.Make(HomelabKey.Node);
            var before = book.All.Where(c => c.Kind == StoredCredentialKind.Node && c.NodeId == nodeId).ToList();
            var credential = book.New(secret, StoredCredentialKind.Node, name) with { NodeId = nodeId };
            book.Put(credential);
            if (!isStanding && !TrySpend(token, credential))
            {
                return null;
            }

            foreach (var old in before)
            {
                book.Drop(old.Id);
            }

            return secret;
        }
    }

    /// <summary>Takes a node's credential out of force.</summary>
    /// <exception cref="StateWriteException">The disk refused; it is out of force all the same.</exception>
    public void Revoke(string nodeId)
    {
        StateWriteException? refused = null;
        lock (book.Gate)
        {
            foreach (var credential in book.All.Where(c => c.Kind == StoredCredentialKind.Node && c.NodeId == nodeId).ToList())
            {
                refused = book.Drop(credential.Id) ?? refused;
            }
        }

        if (refused is not null)
        {
            throw new StateWriteException(refused.Fault, refused);
        }
    }

    private bool IsStandingToken(string token) =>
        config.JoinToken is { Length: > 0 } standing && CryptographicOperations.FixedTimeEquals(KeyRing.HashOf(standing).AsSpan(), KeyRing.HashOf(token).AsSpan());

    /// <summary>The join token that is meant; null where it is wrong, used up or expired.</summary>
    private StoredCredential? FindToken(string token) =>
        HomelabKey.IdOf(token) is { IsEmpty: false } span && span.ToString() is var id
        && book.Find(id) is { Kind: StoredCredentialKind.Join, UsesLeft: null or > 0 } credential
        && CryptographicOperations.FixedTimeEquals(credential.Hash.AsSpan(), KeyRing.HashOf(token).AsSpan())
        && !book.IsExpired(credential)
            ? credential
            : null;

    /// <summary>Takes one use of a token for a credential, which is taken back where there is none left.</summary>
    private bool TrySpend(string token, StoredCredential credential)
    {
        try
        {
            if (FindToken(token) is { } found && store.TrySpend(found.Id))
            {
                book.Note(found with { UsesLeft = found.UsesLeft is { } uses ? uses - 1 : null });
                return true;
            }
        }
        catch (StateWriteException)
        {
            book.Drop(credential.Id);
            throw;
        }

        book.Drop(credential.Id);
        return false;
    }
}
