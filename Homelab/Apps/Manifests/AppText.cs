using System.Buffers;
using System.Globalization;
using System.Text;
using Homelab.Configuration;

namespace Homelab.Apps.Manifests;

/// <summary>Texts with placeholders: <c>{port}</c>, <c>{files}</c>, <c>{name}</c>; <c>{{</c> and <c>}}</c> are the braces themselves. What is put
/// in is not read again.</summary>
internal static class AppText
{
    /// <summary>The names that there are.</summary>
    public static readonly string[] Placeholders = ["port", "files", "name"];

    private const int LongestName = 40;

    private static readonly SearchValues<char> InName = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:");

    /// <summary>The text with its placeholders replaced.</summary>
    /// <exception cref="FormatException">It is not one that <see cref="Check"/> lets through without references.</exception>
    public static string Fill(string text, AppValues values)
    {
        if (Split(text, references: false, secret: true, out var problem) is not { } parts)
        {
            throw new FormatException(problem);
        }

        return Join(parts, values, reference => reference);
    }

    /// <summary>What is wrong with a text, as the end of a sentence that starts with it; null where nothing is.</summary>
    /// <param name="text">As it was written.</param>
    /// <param name="references">Whether <c>${env:NAME}</c> and <c>${file:PATH}</c> may stand in it.</param>
    /// <param name="secret">Whether nothing of the text may be repeated.</param>
    public static string? Check(string text, bool references, bool secret) =>
        text.Contains('\0') ? "holds a NUL" : Split(text, references, secret, out var problem) is null ? problem : null;

    /// <summary>The pieces put together.</summary>
    public static string Join(IEnumerable<(AppTextKind Kind, string Text)> parts, AppValues values, Func<string, string> resolve) =>
        string.Concat(parts.Select(part => part.Kind switch
        {
            AppTextKind.Reference => resolve(part.Text),
            AppTextKind.Placeholder => part.Text switch { "port" => values.Port.ToString(CultureInfo.InvariantCulture), "files" => values.Files, _ => values.Name },
            _ => part.Text,
        }));

    /// <summary>The pieces of a text; null where it cannot be understood, and then <paramref name="problem"/> says why.</summary>
    public static List<(AppTextKind Kind, string Text)>? Split(string text, bool references, bool secret, out string? problem)
    {
        var parts = new List<(AppTextKind, string)>();
        var literal = new StringBuilder();
        problem = null;
        for (var i = 0; i < text.Length; i++)
        {
            var rest = text.AsSpan(i);
            if (rest[0] is not ('{' or '}' or '$'))
            {
                literal.Append(rest[0]);
            }
            else if (references && (rest.StartsWith("$${", StringComparison.Ordinal) || rest.StartsWith("${", StringComparison.Ordinal)))
            {
                var end = rest.IndexOf('}');
                if (end < 0)
                {
                    problem = "holds '${' without '}'; write $${ for the characters themselves";
                    return null;
                }

                var isEscaped = rest[1] == '$';
                var whole = rest[(isEscaped ? 1 : 0)..(end + 1)].ToString();
                i += end;
                if (isEscaped)
                {
                    literal.Append(whole);
                    continue;
                }

                if (!whole.StartsWith("${env:", StringComparison.Ordinal) && !whole.StartsWith("${file:", StringComparison.Ordinal))
                {
                    problem = "holds a reference that is neither ${env:NAME} nor ${file:PATH}; write $${ for the characters themselves";
                    return null;
                }

                Take(AppTextKind.Reference, whole);
            }
            else if (rest.StartsWith("{{", StringComparison.Ordinal) || rest.StartsWith("}}", StringComparison.Ordinal))
            {
                literal.Append(rest[0]);
                i++;
            }
            else if (rest[0] == '{' && NameIn(rest) is { } name)
            {
                if (!Placeholders.Contains(name))
                {
                    problem = Unknown(name, secret, isReference: i > 0 && text[i - 1] == '$');
                    return null;
                }

                i += name.Length + 1;
                Take(AppTextKind.Placeholder, name);
            }
            else if (rest[0] is '{' or '}')
            {
                problem = $"holds a '{rest[0]}' that belongs to no placeholder; write {{{{ and }}}} for the braces themselves";
                return null;
            }
            else
            {
                literal.Append(rest[0]);
            }
        }

        if (literal.Length > 0)
        {
            parts.Add((AppTextKind.Literal, literal.ToString()));
        }

        return parts;

        void Take(AppTextKind kind, string piece)
        {
            if (literal.Length > 0)
            {
                parts.Add((AppTextKind.Literal, literal.ToString()));
                literal.Clear();
            }

            parts.Add((kind, piece));
        }
    }

    /// <summary>What stands between a brace and the next, where it looks like a name.</summary>
    private static string? NameIn(ReadOnlySpan<char> text)
    {
        var end = text[..Math.Min(text.Length, LongestName)].IndexOf('}');
        return end > 1 && !text[1..end].ContainsAnyExcept(InName) ? text[1..end].ToString() : null;
    }

    private static string Unknown(string name, bool secret, bool isReference)
    {
        if (isReference && (name.StartsWith("env:", StringComparison.Ordinal) || name.StartsWith("file:", StringComparison.Ordinal)))
        {
            return "holds a reference, and every user of the machine can see a program's arguments; give the secret in env";
        }

        var what = secret ? "holds an unknown placeholder" : $"holds the unknown placeholder '{{{Wording.Shorten(name)}}}'";
        var meant = Wording.Nearest(name, Placeholders) is { } near ? $"; did you mean '{{{near}}}'?" : "";
        return $"{what}{meant}{(meant.Length > 0 ? " Known" : "; known")}: {string.Join(", ", Placeholders.Select(p => $"{{{p}}}"))}; write {{{{ and }}}} for the braces themselves";
    }
}
