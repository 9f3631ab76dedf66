using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Homelab.Configuration.Yaml;

namespace Homelab.Configuration.Output;

/// <summary>Writes nodes as YAML that reads back as the same.</summary>
internal static partial class YamlText
{
    /// <summary>Block style, lists of texts on one line.</summary>
    /// <param name="root">What to write.</param>
    /// <param name="origins">Whether each value is followed by a comment that says where it came from.</param>
    public static string Write(YamlNode.Mapping root, bool origins)
    {
        var text = new StringBuilder();
        Append(text, root, 0, first: "", origins);
        return text.ToString();
    }

    /// <summary>A text so that YAML reads it as just that text.</summary>
    public static string Quote(string text)
    {
        if ((SafePlain().IsMatch(text) && !Reserved().IsMatch(text)) || Address().IsMatch(text))
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>Where a value came from, for people: <c>default</c>, <c>homelab.yaml:3</c> or the variable's name.</summary>
    public static string Origin(SourcePosition position) =>
        position.Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{position.Source}:{position.Line}") : position.Source;

    private static void Append(StringBuilder text, YamlNode.Mapping mapping, int indent, string first, bool origins)
    {
        foreach (var entry in mapping.Entries)
        {
            text.Append(first.Length > 0 ? first : new string(' ', indent)).Append(Quote(entry.Key)).Append(':');
            first = "";
            switch (entry.Value)
            {
                case YamlNode.Mapping { Entries.Count: > 0 } inner:
                    text.Append('\n');
                    Append(text, inner, indent + 2, "", origins);
                    break;
                case YamlNode.Sequence list when list.Items.Any(i => i is YamlNode.Mapping):
                    text.Append(origins ? $"  # {Origin(list.Position)}\n" : "\n");
                    foreach (var item in list.Items.Cast<YamlNode.Mapping>())
                    {
                        AppendItem(text, item, indent + 2, origins);
                    }

                    break;
                default:
                    text.Append(' ').Append(OneLine(entry.Value)).Append(origins ? $"  # {Origin(entry.Value.Position)}\n" : "\n");
                    break;
            }
        }
    }

    private static void AppendItem(StringBuilder text, YamlNode.Mapping item, int indent, bool origins)
    {
        if (item.Entries.Count == 0)
        {
            text.Append(' ', indent).Append("- {}\n");
            return;
        }

        Append(text, item, indent + 2, new string(' ', indent) + "- ", origins);
    }

    private static string OneLine(YamlNode node) => node switch
    {
        YamlNode.Sequence { Items.Count: 0 } => "[]",
        YamlNode.Sequence list => $"[ {string.Join(", ", list.Items.Select(OneLine))} ]",
        YamlNode.Mapping { Entries.Count: 0 } => "{}",
        YamlNode.Mapping mapping => $"{{ {string.Join(", ", mapping.Entries.Select(e => $"{Quote(e.Key)}: {OneLine(e.Value)}"))} }}",
        // What was plain and stays as it was written is a number, a word or nothing.
        YamlNode.Scalar { Plain: true } scalar => scalar.Written,
        YamlNode.Scalar scalar => Quote(scalar.Written),
        _ => throw new InvalidOperationException("no such node"),
    };

    [GeneratedRegex(@"\A[A-Za-z0-9_/~.][A-Za-z0-9_./~-]*(:[A-Za-z0-9_./-]+)*\z")]
    private static partial Regex SafePlain();

    [GeneratedRegex(@"\A[0-9]{1,3}(\.[0-9]{1,3}){3}:[0-9]+\z")]
    private static partial Regex Address();

    /// <summary>What YAML reads as a number, a date, a truth or nothing.</summary>
    [GeneratedRegex(@"\A([-+.0-9].*|~|null|true|false|yes|no|on|off|y|n)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Reserved();
}
