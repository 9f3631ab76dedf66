using System.Collections;
using System.Reflection;
using Homelab.Configuration;
using Homelab.Configuration.Keys;
using Homelab.Domain.Models;
using YamlDotNet.Serialization.NamingConventions;

namespace Homelab.Tests.Configuration;

/// <summary>The keys and the classes that they fill say the same.</summary>
public sealed class ConfigurationKeysTests
{
    [Fact]
    public void Every_property_has_a_key_and_every_key_a_property() =>
        Assert.Equal(PathsOf(typeof(HomelabConfig), "").Order(StringComparer.Ordinal), ConfigurationKeys.Walk().Select(k => $"{k.Path}: {k.Key.Kind}").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_default_of_a_key_is_the_default_of_its_property()
    {
        var text = string.Join('\n', ConfigurationKeys.Root.Children.Select(s => Defaults(s, 0)));
        var loaded = ConfigurationLoader.LoadText(text);

        Assert.Empty(loaded.Problems);
        Same.AsDefault(loaded.Config);
    }

    [Fact]
    public void Every_default_within_an_entry_of_a_list_is_the_default_of_its_property()
    {
        foreach (var (path, type) in new (string, Type)[] { ("hub.service_keys", typeof(ServiceKeyConfig)), ("daemon.engines.simulated.models", typeof(SimulatedModelConfig)), ("models", typeof(ModelConfig)), ("infra.roots", typeof(InfraRootConfig)) })
        {
            var key = ConfigurationKeys.Walk().Single(k => k.Path == path).Key;
            var fresh = Activator.CreateInstance(type)!;
            foreach (var child in key.Children.Where(c => !c.Required))
            {
                var value = type.GetProperties().Single(p => Name(p) == child.Name).GetValue(fresh);
                Assert.Equal(child.Default, value switch
                {
                    null => null,
                    IList { Count: 0 } => "[]",
                    IDictionary { Count: 0 } => "{}",
                    IList list => $"[ \"{list[0]}\" ]",
                    bool flag => flag ? "true" : "false",
                    ByteSize size => size.ToString().Replace(" ", "", StringComparison.Ordinal),
                    _ => value.ToString(),
                });
            }
        }
    }

    [Fact]
    public void Every_example_is_a_value_that_its_key_takes()
    {
        var environment = new Dictionary<string, string>();
        foreach (var (path, key) in ConfigurationKeys.Walk().Where(k => k.Key.Example is not null && !k.Path.Contains("[]", StringComparison.Ordinal)))
        {
            var levels = path.Split('.');
            var text = string.Concat(levels.Select((name, depth) => $"{new string(' ', depth * 2)}{name}:{(depth == levels.Length - 1 ? " " + key.Example : "")}\n"));
            var problems = ConfigurationLoader.LoadText(text, environment: environment).Problems;

            Assert.DoesNotContain(problems, p => !p.Message.StartsWith("refers to", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_key_is_explained_in_sentences() =>
        Assert.All(ConfigurationKeys.Walk(), k => Assert.Matches(@"\A\S.{8,}[.]\z", k.Key.Doc));

    private static string Defaults(ConfigurationKey key, int depth)
    {
        var margin = new string(' ', depth * 2);
        return key.Kind == ConfigurationKind.Section && key.Word is null
            ? $"{margin}{key.Name}:\n{string.Concat(key.Children.Select(c => Defaults(c, depth + 1)))}"
            : $"{margin}{key.Name}: {key.Default ?? "null"}\n";
    }

    private static string Name(PropertyInfo property) => UnderscoredNamingConvention.Instance.Apply(property.Name);

    private static IEnumerable<string> PathsOf(Type type, string path)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var name = path.Length == 0 ? Name(property) : $"{path}.{Name(property)}";
            var kind = KindOf(property.PropertyType);
            yield return $"{name}: {kind}";
            var inner = kind == ConfigurationKind.SectionList ? property.PropertyType.GetGenericArguments()[0] : property.PropertyType;
            foreach (var below in kind is ConfigurationKind.Section or ConfigurationKind.SectionList ? PathsOf(inner, kind == ConfigurationKind.Section ? name : name + "[]") : [])
            {
                yield return below;
            }
        }
    }

    private static ConfigurationKind KindOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(string) => ConfigurationKind.Text,
        var t when t == typeof(bool) => ConfigurationKind.Boolean,
        var t when t == typeof(int) => ConfigurationKind.Integer,
        var t when t == typeof(double) => ConfigurationKind.Number,
        var t when t == typeof(Duration) => ConfigurationKind.Duration,
        var t when t == typeof(ByteSize) => ConfigurationKind.Size,
        { IsEnum: true } => ConfigurationKind.Choice,
        var t when t == typeof(StringList) || t == typeof(List<string>) => ConfigurationKind.TextList,
        var t when t == typeof(Dictionary<string, string>) => ConfigurationKind.TextMap,
        { IsGenericType: true } => ConfigurationKind.SectionList,
        _ => ConfigurationKind.Section,
    };
}
