using Homelab.Configuration.Keys;
using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Apps.Manifests;

/// <summary>The one description of every key of a manifest.</summary>
internal static class ManifestKeys
{
    private const double LongestSeconds = 366d * 86_400;

    /// <summary>The whole file.</summary>
    public static ConfigurationKey Root { get; } = new("", Kind.Section, "What an app is, how it is started and what it needs.")
    {
        Children =
        [
            new("name", Kind.Text, "What the app is called: the file's name without .yaml.") { Required = true, Format = ManifestFormats.Name },
            new("command", Kind.TextList, "Program and arguments, a list and never a shell line.") { Required = true, Format = ManifestFormats.Argument },
            new("working_dir", Kind.Text, "The folder that it runs in.") { Format = ManifestFormats.Folder, Unset = "the folder of its files" },
            new("env", Kind.TextMap, "Variables for it.") { Default = "{}", Format = ManifestFormats.Variable, Secret = true },
            new("port", Kind.Text, "The port that it listens at.") { Default = "auto", Format = ManifestFormats.Port },
            new("health", Kind.Text, "The path that answers 2xx once it is ready.") { Format = ManifestFormats.Health, Unset = "ready when it accepts connections" },
            new("start_timeout", Kind.Duration, "How long it may take until it is ready.") { Default = "60s", Minimum = 1, Maximum = 86_400 },
            new("idle_timeout", Kind.Duration, "How long it stays when nobody uses it; 0: for ever.") { Default = "10m", Minimum = 0, Maximum = LongestSeconds },
            new("memory", Kind.Section, "What it takes of the memory that models and apps share.")
            {
                Children =
                [
                    new("vram", Kind.Size, "Of a graphics card.") { Default = "0" },
                    new("ram", Kind.Size, "Of the machine.") { Default = "0" },
                ],
            },
            new("models", Kind.TextList, "The models that it serves under /v1.") { Default = "[]", Format = TextFormat.Model },
            new("files", Kind.SectionList, "What it needs on the disk.")
            {
                Default = "[]",
                Children =
                [
                    new("url", Kind.Text, "Where the file comes from.") { Required = true, Format = ManifestFormats.Url, Secret = true },
                    new("path", Kind.Text, "Where it goes, below the folder of the app's files.") { Required = true, Format = ManifestFormats.FilePath },
                    new("sha256", Kind.Text, "Its sum.") { Format = ManifestFormats.Sha256 },
                    new("size", Kind.Text, "How large it is.") { Format = ManifestFormats.Size },
                    new("insecure", Kind.Boolean, "Does without https, without a sum, or without both.") { Default = "false" },
                ],
            },
        ],
    };
}
