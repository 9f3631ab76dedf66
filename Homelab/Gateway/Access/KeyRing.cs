using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Homelab.Gateway.Access;

/// <summary>The service keys of a listener, by hash. Every look-up hashes once and compares with every entry in constant time,
/// so its duration says nothing about which keys exist. Immutable; safe from any thread.</summary>
internal sealed class KeyRing
{
    /// <summary>Longest key that is looked at; a longer one is wrong.</summary>
    public const int MaximumKeyLength = 512;

    private readonly ImmutableArray<(KeyEntry Entry, Principal Principal)> _keys;

    public KeyRing(IEnumerable<KeyEntry> entries) =>
        _keys = [.. entries.Select(entry => (entry, new Principal(entry.Name, entry.IsAdmin)))];

    /// <summary>No key at all: only loopback is served.</summary>
    public static KeyRing Empty { get; } = new([]);

    public bool IsEmpty => _keys.IsEmpty;

    /// <summary>Makes an entry from a key in the clear, which is not kept.</summary>
    public static KeyEntry Entry(string name, string key, bool isAdmin) =>
        new(name, [.. SHA256.HashData(Encoding.UTF8.GetBytes(key))], isAdmin);

    /// <summary>The principal of a key; null for a wrong one.</summary>
    public Principal? Find(ReadOnlySpan<char> key)
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
        Principal? found = null;
        foreach (var (entry, principal) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, entry.Hash.AsSpan()))
            {
                found = principal;
            }
        }

        return found;
    }
}
