using Homelab.Configuration;
using Homelab.Configuration.Yaml;

namespace Homelab.Apps.Manifests;

/// <summary>Finds the two slips that YAML makes easy in a command and that a general message would not explain: a shell line, and a placeholder
/// without quotes, which is a mapping to YAML.</summary>
internal static class ManifestShape
{
    private const string Command = "command";

    /// <summary>The document with what was reported replaced by something harmless, so that it is reported once.</summary>
    public static YamlNode Mend(YamlNode document, ConfigurationReport report)
    {
        if (document is not YamlNode.Mapping mapping || mapping.Entries.FirstOrDefault(e => e.Key == Command) is not { } entry)
        {
            return document;
        }

        switch (entry.Value)
        {
            case YamlNode.Scalar { IsNull: false } line:
                report.Add(line.Position, Command, $"must be an argument list, never a shell line; write {Command}: {AsList(line.Text)}");
                return mapping.With(entry with { Value = new YamlNode.Sequence(line.Position, [Harmless(line.Position)]) });
            case YamlNode.Sequence list:
                return mapping.With(entry with { Value = list with { Items = [.. list.Items.Select((item, i) => MendItem(item, i, report))] } });
            default:
                return document;
        }
    }

    private static YamlNode MendItem(YamlNode item, int index, ConfigurationReport report)
    {
        if (item is not YamlNode.Mapping { Entries: [{ Value: YamlNode.Scalar { IsNull: true } } only] })
        {
            return item;
        }

        report.Add(item.Position, $"{Command}[{index}]", $"is a mapping to YAML; put the braces in quotes: \"{{{Wording.Shorten(only.Key)}}}\"");
        return Harmless(item.Position);
    }

    private static YamlNode.Scalar Harmless(SourcePosition position) => new(position, "true", "true", false);

    private static string AsList(string line)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var shown = words.Take(8).Select(w => w.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or '_' or '-') ? w : $"\"{Wording.Shorten(w.Trim('"', '\''))}\"");
        return $"[ {string.Join(", ", shown)}{(words.Length > 8 ? ", ..." : "")} ]";
    }
}
