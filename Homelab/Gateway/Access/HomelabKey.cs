using System.Security.Cryptography;

namespace Homelab.Gateway.Access;

/// <summary>Keys of our own making: <c>hl_KIND_IDIDIDID_SECRET</c>, with 8 letters by which it is found and shown, and 32 (190 bits) that are secret.
/// The form lets secret scanners find one that leaked.</summary>
internal static class HomelabKey
{
    /// <summary>Kinds: a machine's credential, a service key, the administrator's, and a token to join with.</summary>
    public const string Node = "node", Service = "key", Admin = "admin", Join = "join";

    private const string Prefix = "hl_";

    private const int IdLength = 8;

    private const int SecretLength = 32;

    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Makes a key from the system's randomness.</summary>
    /// <param name="kind">One of the kinds above.</param>
    public static string Make(string kind) =>
        $"{Prefix}{kind}_{RandomNumberGenerator.GetString(Base62, IdLength)}_{RandomNumberGenerator.GetString(Base62, SecretLength)}";

    /// <summary>The id of a key that has our form; empty for any other.</summary>
    public static ReadOnlySpan<char> IdOf(ReadOnlySpan<char> key)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return default;
        }

        var rest = key[Prefix.Length..];
        var kind = rest.IndexOf('_');
        return kind > 0 && rest.Length == kind + 1 + IdLength + 1 + SecretLength && rest[kind + 1 + IdLength] == '_' ? rest.Slice(kind + 1, IdLength) : default;
    }
}
