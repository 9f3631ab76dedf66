using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Homelab.Gateway.Access;

/// <summary>The keys of a listener, by hash. A key of our own form is found by its id, which is no secret; any other is compared with every entry
/// that has none, so that the duration of a look-up says nothing about which exist. Every comparison takes constant time. Immutable; safe from any thread.</summary>
internal sealed class KeyRing
{
    /// <summary>Longest key that is looked at; a longer one is wrong.</summary>
    public const int MaximumKeyLength = 512;

    private readonly ImmutableArray<Held> _withoutId;
    private readonly FrozenDictionary<string, Held[]> _byId;
    private readonly FrozenDictionary<string, Held[]>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    public KeyRing(IEnumerable<KeyEntry> entries)
        : this(entries, null)
    {
    }

    private KeyRing(IEnumerable<KeyEntry> entries, KeyRing? before)
    {
        var all = entries.Select(entry => new Held(entry, entry.ToPrincipal(before?.RateOf(entry) ?? (entry.RequestsPerMinute is { } limit ? new RequestRate(limit) : null)))).ToList();
        _withoutId = [.. all.Where(held => held.Entry.Id is null)];
        _byId = all.Where(held => held.Entry.Id is not null).GroupBy(held => held.Entry.Id!, StringComparer.Ordinal).ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        _bySpan = _byId.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>No key at all: only loopback is served.</summary>
    public static KeyRing Empty { get; } = new([]);

    public bool IsEmpty => _withoutId.IsEmpty && _byId.Count == 0;

    /// <summary>Makes an entry from a key in the clear, which is not kept.</summary>
    public static KeyEntry Entry(string name, string key, bool isAdmin) => new(name, HashOf(key), isAdmin)
    {
        Id = HomelabKey.IdOf(key) is { IsEmpty: false } id ? id.ToString() : null,
    };

    /// <summary>How a key is kept.</summary>
    public static ImmutableArray<byte> HashOf(string key) => [.. SHA256.HashData(Encoding.UTF8.GetBytes(key))];

    /// <summary>A ring of other entries, in which a key that stays keeps the state of its rate limit.</summary>
    public KeyRing With(IEnumerable<KeyEntry> entries) => new(entries, this);

    /// <summary>The principal of a key; null for a wrong or an expired one.</summary>
    /// <param name="key">As it came.</param>
    /// <param name="now">Wall time, for keys that expire.</param>
    public Principal? Find(ReadOnlySpan<char> key, DateTimeOffset now)
    {
        if (key.IsEmpty || key.Length > MaximumKeyLength)
        {
            return null;
        }

        Span<byte> utf8 = stackalloc byte[MaximumKeyLength * 3];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = Encoding.UTF8.GetBytes(key, utf8);
        SHA256.HashData(utf8[..length], hash);
        CryptographicOperations.ZeroMemory(utf8[..length]);
        return HomelabKey.IdOf(key) is { IsEmpty: false } id && _bySpan.TryGetValue(id, out var held) && Find(held, hash, now) is { } found
            ? found
            : Find(_withoutId.AsSpan(), hash, now);
    }

    private static Principal? Find(ReadOnlySpan<Held> candidates, ReadOnlySpan<byte> hash, DateTimeOffset now)
    {
        Principal? found = null;
        foreach (var (entry, principal) in candidates)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, entry.Hash.AsSpan()) && !(now >= entry.Expires))
            {
                found = principal;
            }
        }

        return found;
    }

    private RequestRate? RateOf(KeyEntry entry)
    {
        foreach (var held in entry.Id is { } id ? _byId.GetValueOrDefault(id, []).AsSpan() : _withoutId.AsSpan())
        {
            if (held.Entry.Hash.AsSpan().SequenceEqual(entry.Hash.AsSpan()) && held.Principal.Rate?.PerMinute == entry.RequestsPerMinute)
            {
                return held.Principal.Rate;
            }
        }

        return null;
    }

    /// <summary>An entry with the one principal that all its requests share.</summary>
    private sealed record Held(KeyEntry Entry, Principal Principal);
}
