using System.Globalization;
using CsCheck;
using Homelab.Configuration.Keys;
using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Tests.Configuration;

/// <summary>Makes configurations from the keys: right ones, and ones with a mistake of a known kind.</summary>
internal static class ConfigurationTexts
{
    /// <summary>A right configuration as one line of flow YAML. What must hold between keys is left alone by the choice of values.</summary>
    public static Gen<string> Valid { get; } = Section(ConfigurationKeys.Root, _ => true);

    /// <summary>A key that takes one value, with a value that it does not take and that a schema can tell.</summary>
    public static Gen<(string Path, string Text)> Wrong { get; } = OneOf([.. ConfigurationKeys.Walk().Where(k => !k.Path.Contains("[]", StringComparison.Ordinal))])
        .SelectMany(k => OneOf([.. WrongValues(k.Key)]).Select(v => (k.Path, Nest(k.Path, v))));

    /// <summary>The value under its key as one line of flow YAML.</summary>
    public static string Nest(string path, string value) =>
        path.Split('.').Reverse().Aggregate(value, (inner, name) => $"{{ {name}: {inner} }}");

    private static Gen<string> Section(ConfigurationKey key, Func<ConfigurationKey, bool> wanted)
    {
        var children = key.Children.Where(wanted).ToArray();
        return Gen.Bool.Array[children.Length].SelectMany(chosen =>
        {
            var given = children.Where((c, i) => c.Required || chosen[i]).ToArray();
            return All([.. given.Select(Value)]).Select(values => $"{{ {string.Join(", ", given.Zip(values, (c, v) => $"{c.Name}: {v}"))} }}");
        });
    }

    private static Gen<string> Value(ConfigurationKey key) => key.Kind switch
    {
        Kind.Section when key.Word is not null => Gen.OneOf(Gen.Const(key.Word), Section(key, _ => true)),
        Kind.Section => Section(key, _ => true),
        // Lists are unique by name, so that one entry is what can be made without looking at others; an entry of models has a name.
        Kind.SectionList when key.Name == "models" && key.Child("alias") is not null =>
            Section(key with { Children = [.. key.Children.Select(c => c.Name == "name" ? c with { Required = true } : c)] }, c => c.Name is not ("alias" or "of" or "aliases")).Select(s => $"[ {s} ]"),
        Kind.SectionList => Section(key, _ => true).Array[0, 1].Select(items => $"[ {string.Join(", ", items)} ]"),
        Kind.TextMap => Text(key).Select(t => $"{{ site: {t} }}"),
        Kind.TextList when key.OneOrMany && key.Format == TextFormat.Listen => Text(key),
        // What a daemon joins is a machine without a path, and named once.
        Kind.TextList when key.OneOrMany && key.Format == TextFormat.Url => OneOf("http://10.0.0.1:42421", "[ http://10.0.0.1:42421, \"https://hub.example.org\" ]"),
        Kind.TextList => Text(key).Array[0, 3].Select(items => $"[ {string.Join(", ", items)} ]"),
        Kind.Text => Text(key),
        Kind.Boolean => OneOf("true", "false"),
        Kind.Choice => OneOf([.. key.Choices]),
        Kind.Integer => Gen.Int[(int)key.Minimum!, (int)key.Maximum!].Select(n => n.ToString(CultureInfo.InvariantCulture)),
        Kind.Number => Gen.Int[1, 1000].Select(n => (n / 8.0).ToString(CultureInfo.InvariantCulture)),
        Kind.Duration when key.Name is "heartbeat" => OneOf("1s", "2500ms"),
        Kind.Duration when key.Name is "suspect_after" => OneOf("10s", "0.2m"),
        Kind.Duration when key.Name is "lost_after" => OneOf("20s", "1m30s"),
        Kind.Duration => OneOf("2s", "1m30s", "1h", "1.5s"),
        Kind.Size when key.Name is "reserve" => OneOf("0", "1GiB"),
        Kind.Size => OneOf("2GiB", "8GB", "4294967296", "0.5TiB"),
        _ => throw new NotSupportedException(key.Kind.ToString()),
    };

    private static Gen<string> Text(ConfigurationKey key)
    {
        var format = key.Format;
        string[] values = format == TextFormat.Listen ? ["127.0.0.1:1", "\"[::1]:65535\"", "localhost:0"]
            : format == TextFormat.Url ? ["http://10.0.0.1:8080", "\"https://hub.example.org/base\""]
            : format == TextFormat.Model || format == TextFormat.ModelPattern ? ["qwen3:8b", "hf.co/someone/Thing-GGUF:Q4_K_M", "7b"]
            : key.Name is "admin_key" or "join_token" ? [$"k-{key.Name}"]
            : format == TextFormat.Credential ? ["k-123", "\"#:{}[]\"", "\"true\"", "\"12345\""]
            : format == TextFormat.Name ? ["tower", "\"1\"", "a.b-c_d", "\"true\""]
            : format == TextFormat.Host ? ["tower.lan", "10.0.0.1", "\"*.example.org\""]
            : format == TextFormat.Origin ? ["\"https://chat.example.org\"", "\"http://localhost:3000\"", "\"app://obsidian.md\""]
            : format == TextFormat.AbsolutePath ? ["/var/log", "~/logs"]
            : format == TextFormat.NotEmpty ? ["a b", "\"**/*.log\"", "\"# no comment\"", "\"\\u00e9 \\U0001F600\""]
            : ["text", "\"\"", "\"null\"", "\"line\\nline\"", "1.5", "'it''s'"];
        return OneOf(values);
    }

    private static IEnumerable<string> WrongValues(ConfigurationKey key) => key.Kind switch
    {
        Kind.Section when key.Word is not null => ["mysql", "[]", "{ unknown_key: 1 }"],
        Kind.Section => ["5", "text", "[]", "{ unknown_key: 1 }"],
        Kind.SectionList => ["5", "text", "{}", "[ 5 ]", "[ { unknown_key: 1 } ]"],
        Kind.TextMap => ["5", "[]", "{ a: {} }", "{ a: [] }"],
        Kind.TextList => ["{}", "[ {} ]", "[ [] ]", "[ null ]"],
        Kind.Text => ["{}", "[]"],
        Kind.Boolean => ["{}", "[]", "5", "yes", "\"true\""],
        Kind.Choice => ["{}", "[]", "5", "nonsense"],
        Kind.Integer => ["{}", "[]", "many", "1.5", "\"5\"", ((long)key.Minimum! - 1).ToString(CultureInfo.InvariantCulture), ((long)key.Maximum! + 1).ToString(CultureInfo.InvariantCulture)],
        Kind.Number => ["{}", "[]", "many", "\"5\"", "0", "1e9"],
        Kind.Duration => ["{}", "[]", "soon", "5", "-1s", "1 week"],
        Kind.Size => ["{}", "[]", "much", "5 apples", "-1"],
        _ => throw new NotSupportedException(key.Kind.ToString()),
    };

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<IReadOnlyList<string>> All(IReadOnlyList<Gen<string>> parts) => parts.Aggregate(
        Gen.Const((IReadOnlyList<string>)[]),
        (all, part) => all.SelectMany(list => part.Select(value => (IReadOnlyList<string>)[.. list, value])));
}
