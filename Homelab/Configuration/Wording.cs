using System.Text;
using Homelab.Configuration.Yaml;

namespace Homelab.Configuration;

/// <summary>How values and suggestions appear in messages.</summary>
internal static class Wording
{
    private const int Longest = 60;

    /// <summary>Whatever was written, short, on one line and printable.</summary>
    public static string Shorten(string text)
    {
        var builder = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (builder.Length >= Longest)
            {
                return builder.Append("...").ToString();
            }

            builder.Append(Rune.IsControl(rune) ? "?" : rune.ToString());
        }

        return builder.ToString();
    }

    /// <summary>The value in quotes as the user wrote it; a secret, or an address that carries a password, only as "the value".</summary>
    public static string Quote(YamlNode.Scalar value, bool secret) =>
        secret || (value.Written.Contains("//", StringComparison.Ordinal) && value.Written.Contains('@')) ? "the value" : $"'{Shorten(value.Written)}'";

    /// <summary><c>; did you mean 'x'?</c> with the nearest candidate, or nothing.</summary>
    public static string DidYouMean(string written, IEnumerable<string> candidates) =>
        Nearest(written, candidates) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    /// <summary>The candidate that differs from what was written by the fewest edits, if by few enough to be a slip.</summary>
    public static string? Nearest(string written, IEnumerable<string> candidates)
    {
        if (written.Length is 0 or > Longest)
        {
            return null;
        }

        var folded = Fold(written);
        return candidates
            .Select(c => (Candidate: c, Distance: Fold(c) == folded ? 0 : Distance(folded, Fold(c))))
            .Where(c => c.Distance <= Math.Max(1, Math.Min(written.Length, c.Candidate.Length) / 3))
            .OrderBy(c => c.Distance)
            .Select(c => c.Candidate)
            .FirstOrDefault();
    }

    /// <summary>Dashes, capitals and underscores are not what a slip is about.</summary>
    private static string Fold(string text) => text.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>Edits between two texts, two swapped neighbours counting as one (optimal string alignment).</summary>
    private static int Distance(string left, string right)
    {
        var table = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            table[i, 0] = i;
        }

        for (var j = 0; j <= right.Length; j++)
        {
            table[0, j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = table[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, replaced);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
                }
            }
        }

        return table[left.Length, right.Length];
    }
}
