using Homelab.Configuration;
using Homelab.Configuration.Yaml;
using Homelab.Domain.Models;

namespace Homelab.Apps.Manifests;

/// <summary>What must hold between the keys of a manifest, and between it and its file.</summary>
internal static class ManifestRules
{
    /// <summary>Variables that are homelab's own: it knows its children by one.</summary>
    private const string OwnVariables = "HOMELAB_";

    /// <summary>Reports what does not hold.</summary>
    /// <param name="document">Checked against the keys.</param>
    /// <param name="written">The same before the check, with what was wrong.</param>
    /// <param name="path">The file.</param>
    /// <param name="environment">The variables that may be referred to.</param>
    /// <param name="report">Told what is wrong.</param>
    public static void Check(YamlNode.Mapping document, YamlNode written, string path, IReadOnlyDictionary<string, string> environment, ConfigurationReport report)
    {
        var file = Path.GetFileName(path);
        if (document["name"] is YamlNode.Scalar name && name.Text != Path.GetFileNameWithoutExtension(file))
        {
            report.Add(name.Position, "name", $"'{Wording.Shorten(name.Text)}' is not what the file is called, '{Wording.Shorten(file)}'; the two must agree");
        }

        if (document["command"] is YamlNode.Sequence command && command.Items is not [YamlNode.Scalar { Text.Length: > 0 }, ..])
        {
            report.Add(command.Position, "command", "is empty; write the program and its arguments: [ ./program, --port, \"{port}\" ]");
        }

        CheckVariables(document["env"] as YamlNode.Mapping, environment, report);
        CheckModels(document["models"] as YamlNode.Sequence, report);
        CheckFiles(document["files"] as YamlNode.Sequence, (written as YamlNode.Mapping)?["files"] as YamlNode.Sequence, report);
    }

    private static void CheckVariables(YamlNode.Mapping? variables, IReadOnlyDictionary<string, string> environment, ConfigurationReport report)
    {
        foreach (var entry in variables?.Entries ?? [])
        {
            var key = $"env.{Wording.Shorten(entry.Key)}";
            if (entry.Key.Length == 0 || char.IsAsciiDigit(entry.Key[0]) || !entry.Key.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            {
                report.Add(entry.Position, key, "is not a variable's name; use letters, digits and underscores, and do not start with a digit");
            }
            else if (entry.Key.StartsWith(OwnVariables, StringComparison.OrdinalIgnoreCase))
            {
                report.Add(entry.Position, key, $"is homelab's own; variables that start with {OwnVariables} cannot be set");
            }
            else if (entry.Value is YamlNode.Scalar value && AppText.Split(value.Text, references: true, secret: true, out _) is { } parts)
            {
                // Only whether a variable is there: it stays as it is while the daemon runs. A file may still come, and is read at each start.
                var missing = parts.Where(p => p.Kind == AppTextKind.Reference && p.Text.StartsWith("${env:", StringComparison.Ordinal))
                    .Select(p => p.Text[6..^1].Trim()).FirstOrDefault(variable => !environment.ContainsKey(variable));
                if (missing is not null)
                {
                    report.Add(value.Position, key, $"refers to the environment variable '{Wording.Shorten(missing)}', which is not set");
                }
            }
        }
    }

    private static void CheckModels(YamlNode.Sequence? models, ConfigurationReport report)
    {
        var seen = new HashSet<ModelName>();
        foreach (var (i, item) in (models?.Items ?? []).Index())
        {
            if (item is YamlNode.Scalar model && ModelName.TryParse(model.Text, out var name) && !seen.Add(name))
            {
                report.Add(model.Position, $"models[{i}]", $"names {name} a second time");
            }
        }
    }

    private static void CheckFiles(YamlNode.Sequence? files, YamlNode.Sequence? written, ConfigurationReport report)
    {
        // Windows and macOS do not tell Model.bin from model.bin.
        var paths = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var folders = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (i, item) in (files?.Items ?? []).Index())
        {
            var entry = (YamlNode.Mapping)item;
            CheckSource(entry, written!.Items[i] as YamlNode.Mapping, $"files[{i}]", report);
            if (entry["path"] is not YamlNode.Scalar path)
            {
                continue;
            }

            var parents = Parents(path.Text).ToList();
            var other = parents.Select(p => paths.TryGetValue(p, out var file) ? file : (int?)null).FirstOrDefault(p => p is not null);
            if (paths.TryGetValue(path.Text, out var same))
            {
                report.Add(path.Position, $"files[{i}].path", $"is the path of files[{same}] as well");
            }
            else if (other is not null || folders.TryGetValue(path.Text, out same))
            {
                report.Add(path.Position, $"files[{i}].path", $"and that of files[{other ?? same}]: one would be a file and a folder at once");
            }

            paths.TryAdd(path.Text, i);
            parents.ForEach(p => folders.TryAdd(p, i));
        }
    }

    private static void CheckSource(YamlNode.Mapping entry, YamlNode.Mapping? written, string key, ConfigurationReport report)
    {
        // What was wrong is not in the entry any more and is complained of; nothing more can be said of it.
        if (written is null || entry["insecure"] is YamlNode.Scalar { Text: "true" } || (entry["insecure"] is null && written["insecure"] is not null))
        {
            return;
        }

        if (entry["url"] is YamlNode.Scalar url && Uri.TryCreate(url.Text, UriKind.Absolute, out var address) && address.Scheme != Uri.UriSchemeHttps)
        {
            report.Add(url.Position, $"{key}.url", "must start with https://; anybody between could change what http brings (insecure: true allows it)");
        }

        if (written["sha256"] is null or YamlNode.Scalar { IsNull: true })
        {
            report.Add(written.Position, $"{key}.sha256", "is missing; without it nobody can tell whether the file is the right one (insecure: true allows it)");
        }
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (var i = path.IndexOf('/', StringComparison.Ordinal); i >= 0; i = path.IndexOf('/', i + 1))
        {
            yield return path[..i];
        }
    }
}
