using Homelab.Configuration.Rules;
using Homelab.Configuration.Yaml;

namespace Homelab.Configuration;

/// <summary>Reads the configuration: flags over the environment over the file over the defaults, all checked before anything starts.</summary>
internal static class ConfigurationLoader
{
    /// <summary>Largest file that is read.</summary>
    public const int MaximumBytes = 256 * 1024;

    private const string DefaultName = "homelab.yaml";

    /// <summary>Reads the named file, or else <c>homelab.yaml</c> in homelab's folder, where a missing one means the defaults.
    /// Never throws for what a user wrote.</summary>
    public static LoadedConfiguration Load(string? path, IReadOnlyDictionary<string, string> environment, IReadOnlyList<ConfigurationOverride>? flags = null)
    {
        var file = path is null ? HomelabFolder.Of(environment).Configuration : UserPath.Expand(path, environment);
        string? text;
        ConfigurationProblem? problem;
        try
        {
            text = Read(file, out problem);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            text = path is null ? "" : null;
            problem = path is null ? null : new ConfigurationProblem(file, 0, 0, "", "does not exist");
            return text is null ? Failed(file, problem!, exists: false) : LoadText(text, file, environment, flags) with { File = file, FileExists = false };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Failed(file, new ConfigurationProblem(file, 0, 0, "", Directory.Exists(file) ? "is a folder, not a file" : e is UnauthorizedAccessException ? "cannot be read: permission denied" : "cannot be read"), exists: true);
        }

        return text is null ? Failed(file, problem!, exists: true) : LoadText(text, file, environment, flags) with { File = file, FileExists = true };
    }

    /// <summary>Reads a text as if it were the file of that name.</summary>
    public static LoadedConfiguration LoadText(
        string text,
        string file = DefaultName,
        IReadOnlyDictionary<string, string>? environment = null,
        IReadOnlyList<ConfigurationOverride>? flags = null)
    {
        var start = new SourcePosition(file, 1, 1);
        if (!YamlReader.TryRead(text, file, out var written, out var invalid))
        {
            return Failed(null, invalid, exists: false);
        }

        environment ??= new Dictionary<string, string>();
        var report = new ConfigurationReport(start);
        var folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? Environment.CurrentDirectory;
        var overridden = EnvironmentOverrides.Apply(written, environment, flags ?? [], report);
        var document = new ConfigurationChecker(report, new ReferenceExpander(environment, folder)).Check(overridden);
        report.Document = document;
        var config = ConfigurationYaml.Bind(document);
        ConfigurationRules.Check(config, report);
        var problems = report.Problems();
        return new LoadedConfiguration(problems.Count == 0 ? config : null, problems, null, false, document) { Warnings = [.. UnusedKeys.Find(document), .. EnvironmentOverrides.Lookalikes(environment)] };
    }

    private static LoadedConfiguration Failed(string? file, ConfigurationProblem problem, bool exists) =>
        new(null, [problem], file, exists, new YamlNode.Mapping(new SourcePosition(problem.File, 1, 1), []));

    private static string? Read(string file, out ConfigurationProblem? problem)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[MaximumBytes + 1];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (count > MaximumBytes)
        {
            problem = new ConfigurationProblem(file, 0, 0, "", "is larger than 256 KiB");
            return null;
        }

        return ConfigurationText.Decode(bytes.AsSpan(0, count), file, out problem);
    }
}
