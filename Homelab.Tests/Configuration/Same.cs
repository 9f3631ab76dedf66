using System.Collections;
using Homelab.Configuration;

namespace Homelab.Tests.Configuration;

/// <summary>Compares configurations value by value, naming the first key that differs.</summary>
internal static class Same
{
    public static void AsDefault(HomelabConfig? actual) => Assert.Equal(Flatten(new HomelabConfig()), Flatten(actual));

    public static void Configuration(HomelabConfig? expected, HomelabConfig? actual) => Assert.Equal(Flatten(expected), Flatten(actual));

    /// <summary>Every value with its path, one a line.</summary>
    public static string Flatten(object? value) => string.Join('\n', Lines("", value));

    private static IEnumerable<string> Lines(string path, object? value) => value switch
    {
        null => [$"{path} = null"],
        IDictionary map => map.Keys.Cast<object>().Order().SelectMany(k => Lines($"{path}.{k}", map[k])),
        IEnumerable list and not string => list.Cast<object?>().SelectMany((item, i) => Lines($"{path}[{i}]", item)).Prepend($"{path} = list"),
        _ when value.GetType() is { IsClass: true, Namespace: "Homelab.Configuration" } type => type.GetProperties().SelectMany(p => Lines($"{path}.{p.Name}", p.GetValue(value))),
        _ => [$"{path} = {value}"],
    };
}
