using System.Text;
using Homelab.Configuration.Keys;
using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration.Output;

/// <summary>The example: every key with its meaning and default, all commented out. Without the one <c>#</c> before each key it is a
/// configuration equal to the defaults.</summary>
internal static class ExampleFile
{
    private const string Head = """
        # yaml-language-server: $schema=homelab.schema.json
        # The line above lets editors check and complete this file; make the schema beside it with
        #   homelab config schema > homelab.schema.json
        #
        # Everything a user can set, with its default. Copy what you need to ~/.homelab/homelab.yaml and remove the '#' before it and
        # before the sections around it: '# ' explains, '#' with no space behind it is a setting. 'homelab config check' checks the file.
        #
        # Durations: 90s, 15m, 1h30m. Sizes: 512MiB, 24GiB, 8GB.
        # Any value may be read from elsewhere: "${env:NAME}" from an environment variable, "${file:~/path}" from a file.
        # Any key can be overridden by an environment variable: HOMELAB_DAEMON__LISTEN=... stands for daemon.listen.

        """;

    public static string Write()
    {
        var text = new StringBuilder(Head);
        foreach (var section in ConfigurationKeys.Root.Children)
        {
            text.Append('\n');
            Append(text, section, 0);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, ConfigurationKey key, int indent)
    {
        var margin = new string(' ', indent);
        foreach (var line in Wrap(Explain(key, withExample: true), 118 - indent))
        {
            text.Append(margin).Append("# ").Append(line).Append('\n');
        }

        switch (key.Kind)
        {
            case Kind.Section when key.Word is not null:
                text.Append(margin).Append('#').Append(key.Name).Append(": ").Append(key.Word).Append('\n');
                AppendExample(text, key, indent, item: false);
                break;
            case Kind.Section:
                text.Append(margin).Append('#').Append(key.Name).Append(":\n");
                foreach (var child in key.Children)
                {
                    Append(text, child, indent + 2);
                }

                break;
            case Kind.SectionList:
                text.Append(margin).Append('#').Append(key.Name).Append(": []\n");
                AppendExample(text, key, indent, item: true);
                break;
            default:
                text.Append(margin).Append('#').Append(key.Name).Append(": ").Append(key.Default ?? "null").Append('\n');
                break;
        }
    }

    /// <summary>What cannot be shown by its default is shown as an explained example.</summary>
    private static void AppendExample(StringBuilder text, ConfigurationKey key, int indent, bool item)
    {
        var margin = new string(' ', indent);
        text.Append(margin).Append("# For example:\n").Append(margin).Append("#   ").Append(key.Name).Append(":\n");
        var bullet = item ? "- " : "";
        foreach (var (child, depth) in Flatten(key, item ? 3 : 2))
        {
            var value = child.Kind == Kind.Section ? "" : " " + (child.Example ?? child.Default);
            var line = $"{new string(' ', depth * 2 - bullet.Length)}{bullet}{child.Name}:{value}";
            bullet = "";
            // One entry shows the settings of a model; an alias is another entry.
            bullet = child.Name == "parallel" && key.Name == "models" ? "- " : bullet;
            text.Append(margin).Append("# ").Append(line.PadRight(56 - indent)).Append("  # ").Append(Explain(child)).Append('\n');
        }
    }

    private static IEnumerable<(ConfigurationKey Key, int Depth)> Flatten(ConfigurationKey key, int depth) =>
        key.Children.SelectMany(c => Flatten(c, depth + 1).Prepend((c, depth)));

    private static string Explain(ConfigurationKey key, bool withExample = false)
    {
        var text = key.Doc;
        if (key.Kind == Kind.Choice)
        {
            text += $" One of {string.Join(", ", key.Choices)}.";
        }

        if (key.Unset is not null)
        {
            text += $" Not set: {key.Unset}.";
        }

        if (key.Unused is not null)
        {
            text += $" No effect yet: {key.Unused}.";
        }

        if (withExample && key.Example is not null && key.Kind is Kind.Text or Kind.TextList or Kind.TextMap)
        {
            text += $" Example: {key.Example}";
        }

        return text;
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }
}
