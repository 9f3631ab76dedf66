using Homelab.Configuration.Keys;
using Homelab.Configuration.Yaml;
using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration;

/// <summary>Holds what was written against the keys there are: unknown keys, wrong types, impossible values. What comes out has the shape
/// that the keys promise, lacks what was wrong, and keeps its places.</summary>
/// <param name="report">Told what is wrong.</param>
/// <param name="references">Replaces references in values; null where texts stay as they were written.</param>
/// <param name="root">The keys of the whole file; those of <c>homelab.yaml</c> where none are given.</param>
internal sealed class ConfigurationChecker(ConfigurationReport report, ReferenceExpander? references, ConfigurationKey? root = null)
{
    private readonly ConfigurationKey _root = root ?? ConfigurationKeys.Root;
    private readonly ValueChecker _values = new(report, references);

    /// <summary>Checks a whole document.</summary>
    public YamlNode.Mapping Check(YamlNode document) =>
        CheckSection(_root, document, "", required: _root.Children.Any(c => c.Required)) ?? new YamlNode.Mapping(document.Position, []);

    private YamlNode? Check(ConfigurationKey key, YamlNode node, string path) => key.Kind switch
    {
        Kind.Section => CheckSection(key, node, path, required: key.Children.Any(c => c.Required)),
        _ when node is YamlNode.Scalar { IsNull: true } && key.Kind is Kind.SectionList or Kind.TextMap or Kind.TextList => null,
        Kind.SectionList => CheckSectionList(key, node, path),
        Kind.TextMap => CheckTextMap(key, node, path),
        Kind.TextList => CheckTextList(key, node, path),
        _ => _values.Check(key, node, path),
    };

    private YamlNode.Mapping? CheckSection(ConfigurationKey key, YamlNode node, string path, bool required)
    {
        if (node is YamlNode.Scalar scalar)
        {
            if (scalar.IsNull && !required)
            {
                return null;
            }

            if (scalar.IsNull || (key.Word is not null && scalar.Text == key.Word))
            {
                node = new YamlNode.Mapping(node.Position, []);
            }
            else if (key.Word is not null)
            {
                report.Add(node.Position, path, $"{Wording.Quote(scalar, secret: true)} is neither {key.Word} nor a mapping with the key {string.Join(", ", key.Children.Select(c => c.Name))}{Wording.DidYouMean(scalar.Text, [key.Word])}");
                return null;
            }
        }

        if (node is not YamlNode.Mapping mapping)
        {
            report.Add(node.Position, path, $"must be a mapping of keys to values, not {Describe(node)}");
            return null;
        }

        var entries = new List<YamlNode.Entry>();
        foreach (var entry in mapping.Entries)
        {
            var childPath = path.Length == 0 ? Wording.Shorten(entry.Key) : $"{path}.{Wording.Shorten(entry.Key)}";
            if (key.Child(entry.Key) is not { } child)
            {
                report.Add(entry.Position, childPath, "is not a known key" + (report.IsFull ? "" : Suggest(key, entry.Key)));
            }
            else if (Check(child, entry.Value, childPath) is { } value)
            {
                entries.Add(entry with { Value = value });
            }
        }

        foreach (var missing in key.Children.Where(c => c.Required && IsMissing(c, mapping[c.Name])))
        {
            report.Add(mapping.Position, path.Length == 0 ? missing.Name : $"{path}.{missing.Name}", $"is missing; every {(path.Length == 0 ? "file" : "entry")} needs it");
        }

        return mapping with { Entries = entries };
    }

    /// <summary>A list without a value is one that was not written; what else has none is complained of where it stands.</summary>
    private static bool IsMissing(ConfigurationKey key, YamlNode? node) =>
        node is null || (node is YamlNode.Scalar { IsNull: true } && key.Kind is Kind.SectionList or Kind.TextMap or Kind.TextList);

    private YamlNode.Sequence? CheckSectionList(ConfigurationKey key, YamlNode node, string path)
    {
        if (node is not YamlNode.Sequence list)
        {
            report.Add(node.Position, path, $"must be a list of mappings, each starting with '- ', not {Describe(node)}");
            return null;
        }

        // An entry that is wrong stays as an empty one, so that the places of those behind it do not move.
        var items = list.Items.Select((item, i) => CheckSection(key with { Word = null }, item, $"{path}[{i}]", required: true) ?? new YamlNode.Mapping(item.Position, []));
        return list with { Items = [.. items] };
    }

    private YamlNode.Mapping? CheckTextMap(ConfigurationKey key, YamlNode node, string path)
    {
        if (node is not YamlNode.Mapping mapping)
        {
            report.Add(node.Position, path, $"must be a mapping of names to texts, not {Describe(node)}");
            return null;
        }

        var text = key with { Kind = Kind.Text, Default = "" };
        var entries = mapping.Entries
            .Select(e => (Entry: e, Value: _values.Check(text, e.Value, $"{path}.{Wording.Shorten(e.Key)}")))
            .Where(e => e.Value is not null)
            .Select(e => e.Entry with { Value = e.Value! });
        return mapping with { Entries = [.. entries] };
    }

    private YamlNode.Sequence? CheckTextList(ConfigurationKey key, YamlNode node, string path)
    {
        if (node is YamlNode.Scalar && key.OneOrMany)
        {
            node = new YamlNode.Sequence(node.Position, [node]);
        }

        if (node is not YamlNode.Sequence list)
        {
            report.Add(node.Position, path, $"must be a list, written [ one, another ], not {Describe(node)}");
            return null;
        }

        var text = key with { Kind = Kind.Text, Default = "" };
        var items = list.Items.Select((item, i) => _values.Check(text, item, $"{path}[{i}]")).ToList();
        return items.Contains(null) ? null : list with { Items = [.. items.OfType<YamlNode.Scalar>()] };
    }

    private static string Describe(YamlNode node) => node switch
    {
        YamlNode.Mapping => "a mapping",
        YamlNode.Sequence => "a list",
        YamlNode.Scalar { IsNull: true } => "nothing",
        _ => "one value",
    };

    private string Suggest(ConfigurationKey section, string written)
    {
        var names = section.Children.Select(c => c.Name).ToList();
        if (Wording.Nearest(written, names) is { } near)
        {
            return $"; did you mean '{near}'?";
        }

        var elsewhere = ConfigurationKeys.Walk(_root).Where(k => k.Key.Name == written).Select(k => k.Path).ToList();
        return elsewhere.Count is > 0 and <= 3
            ? $"; did you mean '{string.Join("' or '", elsewhere)}'?"
            : $"; known here: {string.Join(", ", names)}";
    }
}
