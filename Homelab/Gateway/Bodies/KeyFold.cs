namespace Homelab.Gateway.Bodies;

/// <summary>Reads an object's keys as Go's JSON reader does, to whom <c>Model</c>, <c>model</c> and <c>mod\u0065l</c> are one field.</summary>
internal static class KeyFold
{
    /// <summary>Folds the case in place. Besides ASCII, two letters fold onto ASCII ones in Go: long s (U+017F) and the Kelvin sign (U+212A).</summary>
    /// <returns>The folded length.</returns>
    public static int Fold(Span<byte> key)
    {
        var length = 0;
        for (var i = 0; i < key.Length; i++)
        {
            var letter = key[i];
            if (letter is >= (byte)'A' and <= (byte)'Z')
            {
                letter |= 0x20;
            }
            else if (letter == 0xC5 && i + 1 < key.Length && key[i + 1] == 0xBF)
            {
                letter = (byte)'s';
                i++;
            }
            else if (letter == 0xE2 && i + 2 < key.Length && key[i + 1] == 0x84 && key[i + 2] == 0xAA)
            {
                letter = (byte)'k';
                i += 2;
            }

            key[length++] = letter;
        }

        return length;
    }

    /// <summary>FNV-1a, 64 bits: tells a body's keys apart without keeping them. A collision only refuses the body that contrived it.</summary>
    public static ulong Hash(ReadOnlySpan<byte> key)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in key)
        {
            hash = (hash ^ letter) * 1099511628211UL;
        }

        return hash;
    }
}
