using System.Collections.Immutable;

namespace Homelab.Gateway.Access;

/// <summary>A key or credential as it is kept: never the key, only its hash, and everything that its holder may do.</summary>
/// <param name="Name">For queues, usage and logs.</param>
/// <param name="Hash">SHA-256 of the key's UTF-8 bytes; keys are random, so no slow hash is needed.</param>
/// <param name="IsAdmin">See <see cref="Principal.IsAdmin"/>.</param>
internal sealed record KeyEntry(string Name, ImmutableArray<byte> Hash, bool IsAdmin)
{
    /// <summary>The part of a key of our own form by which it is found (<see cref="HomelabKey"/>); null for a key that somebody thought up.</summary>
    public string? Id { get; init; }

    public PrincipalKind Kind { get; init; } = PrincipalKind.Service;

    /// <summary>See <see cref="Principal.NodeId"/>.</summary>
    public string? NodeId { get; init; }

    /// <summary>See <see cref="Principal.Models"/>.</summary>
    public ImmutableArray<ModelPattern> Models { get; init; } = [];

    /// <summary>See <see cref="Principal.MayReadFiles"/>.</summary>
    public bool Infra { get; init; }

    /// <summary>Null: no limit.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>From when on it is wrong, in wall time; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>What its holder is to the rest of the gateway.</summary>
    /// <param name="rate">The state of its limit; null where it has none.</param>
    public Principal ToPrincipal(RequestRate? rate) => new(Name, IsAdmin) { Kind = Kind, NodeId = NodeId, Models = Models, MayReadFiles = Infra, Rate = rate };
}
