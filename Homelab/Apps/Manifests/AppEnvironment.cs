using Homelab.Configuration;
using Homelab.Configuration.Yaml;

namespace Homelab.Apps.Manifests;

/// <summary>Makes the variables of an app's run out of its manifest: placeholders filled, references followed. What a reference stands for goes
/// to the app and nowhere else.</summary>
internal static class AppEnvironment
{
    /// <summary>The variables, or null where one cannot be made, and then <paramref name="problem"/> says which and why, without its value.
    /// Reads the files that are referred to.</summary>
    /// <param name="manifest">Checked.</param>
    /// <param name="values">What placeholders stand for.</param>
    /// <param name="environment">The daemon's own variables.</param>
    /// <param name="problem">What is wrong.</param>
    public static Dictionary<string, string>? Resolve(AppManifest manifest, AppValues values, IReadOnlyDictionary<string, string> environment, out string? problem)
    {
        var references = new ReferenceExpander(environment, Path.GetDirectoryName(Path.GetFullPath(manifest.Path)) ?? manifest.Path);
        var result = new Dictionary<string, string>(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var (name, text) in manifest.Environment)
        {
            string? wrong = null;
            if (AppText.Split(text, references: true, secret: true, out problem) is not { } parts)
            {
                problem = $"env.{name} {problem}";
                return null;
            }

            var value = AppText.Join(parts, values, reference => Follow(references, reference, ref wrong));
            wrong ??= value.Contains('\0') ? "refers to something that holds a NUL, which no variable can" : null;
            if (wrong is not null)
            {
                problem = $"env.{name} {wrong}";
                return null;
            }

            result[name] = value;
        }

        problem = null;
        return result;
    }

    private static string Follow(ReferenceExpander references, string reference, ref string? wrong)
    {
        var scalar = references.Expand(new YamlNode.Scalar(default, reference, reference, true), secret: true, out var problem);
        wrong ??= problem;
        return scalar?.Text ?? "";
    }
}
