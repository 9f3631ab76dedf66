using Homelab.Configuration.Keys;
using Homelab.Configuration.Yaml;
using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration;

/// <summary>Finds what was set and does nothing in this version, so that nobody waits for an effect that does not come.</summary>
internal static class UnusedKeys
{
    /// <summary>One warning for each such key, sections as a whole; nothing for what is set to its default.</summary>
    /// <param name="document">Checked.</param>
    public static IReadOnlyList<ConfigurationProblem> Find(YamlNode.Mapping document) => [.. Walk(ConfigurationKeys.Root, document, "")];

    private static IEnumerable<ConfigurationProblem> Walk(ConfigurationKey section, YamlNode.Mapping mapping, string path)
    {
        foreach (var entry in mapping.Entries)
        {
            if (section.Child(entry.Key) is not { } key)
            {
                continue;
            }

            var whole = path.Length == 0 ? key.Name : $"{path}.{key.Name}";
            if (key.Unused is { } why)
            {
                if (Differs(key, entry.Value))
                {
                    yield return new ConfigurationProblem(entry.Position, whole, $"has no effect: {why}");
                }
            }
            else if (entry.Value is YamlNode.Mapping inner && key.Kind == Kind.Section)
            {
                foreach (var found in Walk(key, inner, whole))
                {
                    yield return found;
                }
            }
        }
    }

    private static bool Differs(ConfigurationKey key, YamlNode value) => (key.Kind, value) switch
    {
        (Kind.Section, YamlNode.Mapping mapping) => mapping.Entries.Any(e => key.Child(e.Key) is { } child && Differs(child, e.Value)),
        (Kind.SectionList, YamlNode.Sequence list) => list.Items.Count > 0,
        (Kind.TextList, YamlNode.Sequence list) => key.Default != (list.Items is [YamlNode.Scalar one] ? one.Text : list.Items.Count == 0 ? "[]" : null),
        (_, YamlNode.Scalar scalar) => !scalar.IsNull && scalar.Text != (key.Default ?? key.Word),
        _ => true,
    };
}
