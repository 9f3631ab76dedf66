using System.Text;

namespace Homelab.Gateway.Transport;

/// <summary>Header names and values as strings, without making the same string for every answer: an upstream says nearly the same each time.
/// A small cache in which a later text takes an earlier one's place; any thread, no lock.</summary>
internal static class HeaderText
{
    private const int LongestCached = 64;

    private static readonly string?[] Slots = new string?[256];

    /// <summary>The text of bytes that <see cref="IsPlain"/> holds for.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LongestCached)
        {
            return Encoding.ASCII.GetString(bytes);
        }

        ref var slot = ref Slots[Hash(bytes) % (uint)Slots.Length];
        if (Volatile.Read(ref slot) is { } known && Ascii.Equals(bytes, known))
        {
            return known;
        }

        var text = Encoding.ASCII.GetString(bytes);
        Volatile.Write(ref slot, text);
        return text;
    }

    /// <summary>Whether a value is visible ASCII, blanks and tabs: all that may go into a header that we write.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> value)
    {
        foreach (var letter in value)
        {
            if (letter is (< 0x20 or > 0x7e) and not (byte)'\t')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a name is a token (RFC 9110, section 5.6.2).</summary>
    public static bool IsToken(ReadOnlySpan<byte> name)
    {
        foreach (var letter in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && "!#$%&'*+-.^_`|~"u8.IndexOf(letter) < 0)
            {
                return false;
            }
        }

        return !name.IsEmpty;
    }

    /// <summary>FNV-1a: short texts, no need to be unpredictable, since a collision costs one string.</summary>
    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261u;
        foreach (var letter in bytes)
        {
            hash = (hash ^ letter) * 16777619u;
        }

        return hash;
    }
}
