using System.Text.Json;
using CsCheck;
using Homelab.Configuration;
using Homelab.Configuration.Output;
using Homelab.Configuration.Yaml;

namespace Homelab.Tests.Configuration;

/// <summary>What holds for every configuration, right or wrong.</summary>
public sealed class ConfigurationPropertyTests
{
    private const int Cases = 400;

    /// <summary>What means something to YAML or to references.</summary>
    private static readonly string[] Pieces =
    [
        "", " ", "\n", "\t", ":", "- ", "[", "]", "{", "}", "\"", "'", "&a ", "*a", "!!x ", "? ", "#", "|", ">", "%", "---", "...",
        "\0", "\uFEFF", "\u2028", "é", "\uD83D", "${", "${env:", ",", "@", "`", "<<",
    ];

    private static readonly JsonElement Schema = JsonDocument.Parse(IndentedJson.Write(ConfigurationSchema.Write)).RootElement;

    [Fact]
    public void A_right_configuration_is_read_allowed_by_the_schema_and_shown_so_that_it_reads_back_the_same() =>
        ConfigurationTexts.Valid.Sample(text =>
        {
            var loaded = ConfigurationLoader.LoadText(text);
            Assert.Empty(loaded.Problems);
            Assert.Null(SchemaCheck.Refusal(Schema, Parse(text)));

            var shown = YamlText.Write(Unhide(EffectiveConfiguration.Of(loaded.Document), loaded.Document), origins: true);
            var again = ConfigurationLoader.LoadText(shown);
            Assert.Empty(again.Problems);
            Same.Configuration(loaded.Config, again.Config);
        }, iter: Cases, threads: 1);

    [Fact]
    public void A_wrong_value_is_refused_by_loader_and_schema_alike() =>
        ConfigurationTexts.Wrong.Sample(wrong =>
        {
            var problems = ConfigurationLoader.LoadText(wrong.Text).Problems;
            Assert.Contains(problems, p => p.Key.StartsWith(wrong.Path, StringComparison.Ordinal));
            Assert.NotNull(SchemaCheck.Refusal(Schema, Parse(wrong.Text)));
        }, iter: Cases * 2, threads: 1);

    [Fact]
    public void A_mangled_configuration_is_read_or_refused_with_a_place_and_never_crashes()
    {
        var mangled =
            from text in ConfigurationTexts.Valid
            from edits in Gen.Select(Gen.Int[0, 2000], Gen.Int[0, 3], Gen.Int[0, Pieces.Length - 1]).Array[1, 6]
            select edits.Aggregate(text, (current, edit) =>
            {
                var start = edit.Item1 % (current.Length + 1);
                return current.Remove(start, Math.Min(edit.Item2, current.Length - start)).Insert(start, Pieces[edit.Item3]);
            });
        mangled.Sample(text =>
        {
            var loaded = ConfigurationLoader.LoadText(text);
            Assert.True(loaded.Config is not null || loaded.Problems.Count > 0);
            Assert.All(loaded.Problems, p => Assert.True(p.Line > 0 && p.Column > 0 && p.Message.Length > 0, p.ToString()));
        }, iter: Cases * 5, threads: 1);
    }

    [Theory]
    [InlineData("[", 100_000)]
    [InlineData("{a: ", 60_000)]
    [InlineData("- ", 100_000)]
    [InlineData("? ", 100_000)]
    public void Nesting_without_end_is_refused_at_a_place(string level, int times)
    {
        var problem = Assert.Single(ConfigurationLoader.LoadText(string.Concat(Enumerable.Repeat(level, times))).Problems);

        Assert.Equal(("is nested deeper than 64 levels", 1), (problem.Message, problem.Line));
    }

    [Fact]
    public void Unknown_keys_nested_deeply_are_refused_at_once()
    {
        var text = string.Concat(Enumerable.Range(0, 500).Select(i => new string(' ', i) + "a:\n"));

        Assert.Equal("homelab.yaml:64:64: is nested deeper than 64 levels", Assert.Single(ConfigurationLoader.LoadText(text).Problems).ToString());
    }

    [Fact]
    public void An_alias_bomb_is_refused_at_its_first_anchor()
    {
        var lines = Enumerable.Range(0, 20).Select(i => $"k{i}: &a{i} [ {string.Join(", ", Enumerable.Repeat(i == 0 ? "x" : $"*a{i - 1}", 9))} ]");

        Assert.Equal("homelab.yaml:1:5: uses an anchor (&name); write the value out", Assert.Single(ConfigurationLoader.LoadText(string.Join('\n', lines)).Problems).ToString());
    }

    private static YamlNode Parse(string text) => YamlReader.TryRead(text, "", out var node, out var problem) ? node : throw new FormatException(problem.ToString());

    /// <summary>Puts secrets back, which showing rightly hides.</summary>
    private static YamlNode.Mapping Unhide(YamlNode.Mapping shown, YamlNode.Mapping given) => (YamlNode.Mapping)Unhide((YamlNode)shown, given)!;

    private static YamlNode Unhide(YamlNode shown, YamlNode? given) => (shown, given) switch
    {
        (YamlNode.Mapping s, YamlNode.Mapping g) => s with { Entries = [.. s.Entries.Select(e => e with { Value = Unhide(e.Value, g[e.Key]) })] },
        (YamlNode.Sequence s, YamlNode.Sequence g) => s with { Items = [.. s.Items.Zip(g.Items, Unhide)] },
        (YamlNode.Scalar { Text: EffectiveConfiguration.Hidden }, { } g) => g,
        _ => shown,
    };
}
