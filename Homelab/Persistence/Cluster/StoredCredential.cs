using System.Collections.Immutable;

namespace Homelab.Persistence.Cluster;

/// <summary>A key, node credential or join token as it lies on the disk: what it opens and the hash by which it is known again, never itself.</summary>
/// <param name="Id">The public part, by which it is found.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Hash">Of the whole credential.</param>
/// <param name="Models">Patterns of the models it may use; empty: all.</param>
/// <param name="RequestsPerMinute">Null: not limited.</param>
/// <param name="NodeId">The node it belongs to, where it is a node's.</param>
/// <param name="UsesLeft">How often it may still be spent; null: as often as one likes.</param>
internal sealed record StoredCredential(
    string Id,
    StoredCredentialKind Kind,
    string Name,
    ImmutableArray<byte> Hash,
    bool IsAdmin,
    ImmutableArray<string> Models,
    int? RequestsPerMinute,
    string? NodeId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    int? UsesLeft,
    DateTimeOffset? LastUsedAt)
{
    /// <summary>Whether it may read the files that machines' own configuration opened.</summary>
    public bool Infra { get; init; }

    /// <summary>Leaves the hash out: what is printed ends up in logs.</summary>
    public override string ToString() => $"{Kind} {Id} ({Name})";
}
