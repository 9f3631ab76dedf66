using System.Text.RegularExpressions;

namespace Homelab.Cli.Doctor;

/// <summary>The systemd unit of an Ollama installed as a service, as far as its variables go. They hold for the running Ollama, whatever stands in the user's
/// own environment.</summary>
/// <param name="Variables">By name: the value and the file that sets it.</param>
internal sealed partial record OllamaUnit(IReadOnlyDictionary<string, (string Value, string File)> Variables)
{
    private const string Unit = "ollama.service";
    private const int LargestFile = 64 * 1024;

    private static readonly string[] Folders = ["usr/lib/systemd/system", "lib/systemd/system", "etc/systemd/system"];

    public static OllamaUnit None { get; } = new(new Dictionary<string, (string, string)>());

    /// <summary>Reads the unit and what overrides it; what cannot be read is left out.</summary>
    /// <param name="root">The folder that stands for <c>/</c>.</param>
    public static OllamaUnit Read(string root)
    {
        var variables = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        foreach (var file in Files(root))
        {
            foreach (var (name, value) in Parse(Text(file)))
            {
                variables[name] = (value, file);
            }
        }

        return new OllamaUnit(variables);
    }

    /// <summary>The <c>Environment=</c> lines of a unit: assignments with or without quotes, the later over the earlier.</summary>
    internal static IEnumerable<(string Name, string Value)> Parse(string unit) =>
        from line in unit.Split('\n').Select(l => l.Trim())
        where line.StartsWith("Environment=", StringComparison.Ordinal)
        from Match assignment in Assignment().Matches(line["Environment=".Length..])
        let text = assignment.Value.Trim('"', '\'')
        let sign = text.IndexOf('=', StringComparison.Ordinal)
        where sign > 0
        select (text[..sign], text[(sign + 1)..].Trim('"', '\''));

    /// <summary>The unit, vendor's before administrator's, and then the files beside it in the order of their names.</summary>
    private static IEnumerable<string> Files(string root)
    {
        string[] folders = [.. Folders.Select(f => Path.Combine(root, f))];
        foreach (var unit in folders.Select(f => Path.Combine(f, Unit)).Where(File.Exists))
        {
            yield return unit;
        }

        foreach (var folder in folders.Select(f => Path.Combine(f, Unit + ".d")).Where(Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*.conf").Order(StringComparer.Ordinal))
            {
                yield return file;
            }
        }
    }

    private static string Text(string file)
    {
        try
        {
            return new FileInfo(file).Length <= LargestFile ? File.ReadAllText(file) : "";
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [GeneratedRegex("""
        "[^"]*"|'[^']*'|\S+
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Assignment();
}
