using System.Globalization;
using System.Text;

namespace Homelab.Telemetry;

/// <summary>Makes text from elsewhere (model names, messages) safe to show: no control characters, no escape sequences, no text that reverses its direction.</summary>
internal static class Printable
{
    /// <summary>On one line, bounded in length; what cannot be shown becomes <c>?</c>, line breaks and tabs a blank.</summary>
    public static string OneLine(string text, int longest = 500)
    {
        var clean = text.Length <= longest;
        for (var i = 0; clean && i < text.Length; i++)
        {
            clean = text[i] is >= ' ' and <= '~';
        }

        if (clean)
        {
            return text;
        }

        var builder = new StringBuilder(Math.Min(text.Length, longest));
        foreach (var rune in text.EnumerateRunes())
        {
            if (builder.Length >= longest)
            {
                return builder.Append("...").ToString();
            }

            _ = Rune.GetUnicodeCategory(rune) switch
            {
                _ when rune.Value is '\n' or '\r' or '\t' => builder.Append(' '),
                UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => builder.Append('?'),
                _ => builder.Append(rune.ToString()),
            };
        }

        return builder.ToString();
    }
}
