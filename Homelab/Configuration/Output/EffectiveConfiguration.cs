using System.Text.RegularExpressions;
using Homelab.Configuration.Keys;
using Homelab.Configuration.Yaml;
using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration.Output;

/// <summary>What a role would run with: every key with what was given or its default, secrets hidden, references as references.</summary>
internal static partial class EffectiveConfiguration
{
    /// <summary>What stands where a secret was written out.</summary>
    public const string Hidden = "(hidden)";

    /// <summary>What the place of a default is called.</summary>
    public const string DefaultSource = "default";

    private static readonly SourcePosition DefaultPosition = new(DefaultSource, 0, 0);

    /// <summary>The whole configuration in the order of the keys. Entries of lists hold only what was given.</summary>
    public static YamlNode.Mapping Of(YamlNode.Mapping document) => Section(ConfigurationKeys.Root, document, whole: true);

    private static YamlNode.Mapping Section(ConfigurationKey key, YamlNode.Mapping? given, bool whole)
    {
        var entries =
            from child in key.Children
            let value = given?[child.Name]
            where value is not null || (whole && !(child.Kind == Kind.Section && child.Unset is not null))
            select new YamlNode.Entry(DefaultPosition, child.Name, Value(child, value, whole));
        return new YamlNode.Mapping(given?.Position ?? DefaultPosition, [.. entries]);
    }

    private static YamlNode Value(ConfigurationKey key, YamlNode? given, bool whole) => (key.Kind, given) switch
    {
        (Kind.Section, null or YamlNode.Mapping { Entries.Count: 0 }) when key.Word is not null => Text(key.Word, given?.Position ?? DefaultPosition),
        (Kind.Section, _) => Section(key, given as YamlNode.Mapping, whole),
        (Kind.SectionList, YamlNode.Sequence list) => list with { Items = [.. list.Items.Select(i => Section(key, (YamlNode.Mapping)i, whole: false))] },
        (Kind.TextList, YamlNode.Sequence list) => list with { Items = [.. list.Items.Select(i => Shown(key, (YamlNode.Scalar)i))] },
        (_, YamlNode.Scalar scalar) => Shown(key, scalar),
        (_, null) => Default(key),
        _ => given,
    };

    private static YamlNode Default(ConfigurationKey key)
    {
        if (key.Default is null)
        {
            return Text("null", DefaultPosition);
        }

        if (!YamlReader.TryRead(key.Default, DefaultSource, out var node, out _))
        {
            throw new InvalidOperationException($"the default of {key.Name} is not YAML");
        }

        return node switch
        {
            YamlNode.Scalar scalar when key.Kind == Kind.TextList => new YamlNode.Sequence(DefaultPosition, [scalar]),
            _ => node with { Position = DefaultPosition },
        };
    }

    private static YamlNode.Scalar Shown(ConfigurationKey key, YamlNode.Scalar value) =>
        key.Secret && !OneReference().IsMatch(value.Written) ? value with { Written = Hidden, Text = Hidden }
        : value.IsReference ? value with { Text = value.Written }
        : value;

    private static YamlNode.Scalar Text(string text, SourcePosition position) => new(position, text, text, Plain: true);

    [GeneratedRegex(@"\A\$\{(env|file):[^{}$]*\}\z")]
    private static partial Regex OneReference();
}
