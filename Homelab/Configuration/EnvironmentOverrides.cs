using System.Collections;
using Homelab.Configuration.Keys;
using Homelab.Configuration.Yaml;
using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration;

/// <summary>Values that stand above the file's: <c>HOMELAB_DAEMON__LISTEN=...</c>, two underscores between levels, and flags.</summary>
internal static class EnvironmentOverrides
{
    private const string Prefix = "HOMELAB_";

    private static readonly Dictionary<string, string> PathByVariable = ConfigurationKeys.Walk()
        .Where(k => k.Key.TakesValue && !k.Path.Contains("[]", StringComparison.Ordinal))
        .ToDictionary(k => VariableOf(k.Path), k => k.Path, StringComparer.Ordinal);

    /// <summary>The variables of this process.</summary>
    public static IReadOnlyDictionary<string, string> OfProcess() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    /// <summary>The variable that overrides a key.</summary>
    public static string VariableOf(string path) => Prefix + path.Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>Puts what the environment says over the document, and the flags over that.</summary>
    public static YamlNode Apply(YamlNode document, IReadOnlyDictionary<string, string> environment, IReadOnlyList<ConfigurationOverride> flags, ConfigurationReport report)
    {
        foreach (var (name, value) in environment.Where(v => v.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)).OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            var variable = OperatingSystem.IsWindows() ? name.ToUpperInvariant() : name;
            if (PathByVariable.TryGetValue(variable, out var path))
            {
                // An empty variable is how compose files and shells write "not set".
                document = value.Length == 0 ? document : Set(document, new ConfigurationOverride(path, value, name), report);
            }
            else if (IsMeantAsKey(variable))
            {
                report.Add(new SourcePosition(name, 0, 0), "", "names no key of the configuration" + Wording.DidYouMean(variable, PathByVariable.Keys));
            }
        }

        return flags.Aggregate(document, (current, flag) => Set(current, flag, report));
    }

    /// <summary>A warning for each variable that would override a key if it had two underscores where it has one. No error: it may be the user's own.</summary>
    public static IEnumerable<ConfigurationProblem> Lookalikes(IReadOnlyDictionary<string, string> environment) =>
        from variable in environment.Keys.Order(StringComparer.Ordinal)
        where variable.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && !variable.Contains("__", StringComparison.Ordinal)
        let meant = PathByVariable.Keys.FirstOrDefault(k => k.Contains("__", StringComparison.Ordinal) && string.Equals(k.Replace("__", "_", StringComparison.Ordinal), variable, StringComparison.OrdinalIgnoreCase))
        where meant is not null
        select new ConfigurationProblem(variable, 0, 0, "", $"has no effect; the variable of {PathByVariable[meant]} is {meant}, with two underscores between levels");

    /// <summary>Whether a variable that is no key was meant as one: it starts with a section that there is, or almost.</summary>
    private static bool IsMeantAsKey(string variable)
    {
        var end = variable.IndexOf("__", Prefix.Length, StringComparison.Ordinal);
        return end > 0 && Wording.Nearest(variable[Prefix.Length..end], ConfigurationKeys.Root.Children.Select(c => c.Name.ToUpperInvariant())) is not null;
    }

    private static YamlNode Set(YamlNode document, ConfigurationOverride given, ConfigurationReport report)
    {
        var position = new SourcePosition(given.Source, 0, 0);
        var key = given.Path.Split('.').Aggregate(ConfigurationKeys.Root, (k, name) => k.Child(name) ?? throw new ArgumentException($"'{given.Path}' is no key", nameof(given)));
        return Read(key, given, position, report) is { } value ? Set(document, given.Path.Split('.'), value) : document;
    }

    private static YamlNode? Read(ConfigurationKey key, ConfigurationOverride given, SourcePosition position, ConfigurationReport report)
    {
        var text = given.Value.Trim();
        var isYaml = key.Kind is Kind.SectionList or Kind.TextMap
            || (key.Kind == Kind.Section && text != key.Word)
            || (key.Kind == Kind.TextList && text.StartsWith('['));
        if (!isYaml)
        {
            return key.Kind == Kind.TextList
                ? new YamlNode.Sequence(position, [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(t => Text(t, position))])
                : Text(given.Value, position);
        }

        if (YamlReader.TryRead(text, given.Source, out var node, out var problem))
        {
            return node;
        }

        report.Add(problem with { Key = given.Path });
        return null;
    }

    private static YamlNode.Scalar Text(string text, SourcePosition position) => new(position, text, text, Plain: true);

    private static YamlNode Set(YamlNode node, ReadOnlySpan<string> path, YamlNode value)
    {
        if (path.IsEmpty)
        {
            return value;
        }

        var mapping = node switch
        {
            YamlNode.Mapping existing => existing,
            YamlNode.Scalar { IsNull: true } => new YamlNode.Mapping(value.Position, []),
            _ => null,
        };
        if (mapping is null)
        {
            // The file has something else where a section should be, which the checker will say.
            return node;
        }

        var name = path[0];
        var inner = mapping[name] ?? new YamlNode.Mapping(value.Position, []);
        var entry = mapping.Entries.FirstOrDefault(e => e.Key == name) ?? new YamlNode.Entry(value.Position, name, inner);
        return mapping.With(entry with { Value = path.Length == 1 ? value : Set(inner, path[1..], value) });
    }
}
