using System.Text.Json;
using System.Text.RegularExpressions;
using Homelab.Configuration;
using Homelab.Configuration.Keys;
using Homelab.Configuration.Output;
using Homelab.Configuration.Yaml;

namespace Homelab.Tests.Configuration;

/// <summary><c>homelab.example.yaml</c> is complete, right, and equal to the defaults.</summary>
public sealed partial class ExampleFileTests
{
    private static readonly string File = Path.Combine(Root(), "homelab.example.yaml");

    [Fact]
    public void The_file_is_what_the_command_prints() => Assert.Equal(ExampleFile.Write(), System.IO.File.ReadAllText(File));

    [Fact]
    public void The_file_as_it_is_means_the_defaults()
    {
        var loaded = ConfigurationLoader.LoadText(System.IO.File.ReadAllText(File));

        Assert.Empty(loaded.Problems);
        Same.AsDefault(loaded.Config);
    }

    [Fact]
    public void With_every_setting_uncommented_it_equals_the_defaults_and_its_schema_allows_it()
    {
        var text = Uncommented();
        var loaded = ConfigurationLoader.LoadText(text);

        Assert.Empty(loaded.Problems);
        Same.AsDefault(loaded.Config);
        Assert.True(YamlReader.TryRead(text, "", out var node, out _));
        using var schema = JsonDocument.Parse(IndentedJson.Write(ConfigurationSchema.Write));
        Assert.Null(SchemaCheck.Refusal(schema.RootElement, node));
    }

    [Fact]
    public void Every_key_is_in_it()
    {
        var text = System.IO.File.ReadAllText(File);

        Assert.All(ConfigurationKeys.Walk(), k => Assert.Matches($@"(?m)^\s*#.*\b{k.Key.Name}:", text));
        Assert.StartsWith("# yaml-language-server: $schema=", text, StringComparison.Ordinal);
    }

    private static string Uncommented() => string.Join('\n', System.IO.File.ReadAllLines(File).Select(l => Setting().Replace(l, "$1$2")));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(Path.Combine(folder, "Homelab.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("no Homelab.sln above the tests");
        }

        return folder;
    }

    /// <summary>An explanation has a blank behind its '#'; a setting has none.</summary>
    [GeneratedRegex(@"\A(\s*)#([a-z_]+:.*)\z")]
    private static partial Regex Setting();
}
