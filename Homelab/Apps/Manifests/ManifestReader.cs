using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Homelab.Configuration;
using Homelab.Configuration.Yaml;
using Homelab.Domain.Models;

namespace Homelab.Apps.Manifests;

/// <summary>Reads a manifest and collects everything that is wrong with it. Never throws for what a file holds.</summary>
internal static class ManifestReader
{
    /// <summary>Reads the file, which must be the user's own (<see cref="ManifestFile"/>).</summary>
    /// <param name="path">A whole path.</param>
    /// <param name="environment">The daemon's variables.</param>
    public static AppManifestReading Read(string path, IReadOnlyDictionary<string, string> environment) =>
        ManifestFile.Read(path, out var problem) is { } content ? ReadBytes(content, path, environment) : AppManifestReading.Failed(path, problem!);

    /// <summary>Reads bytes as if they were the file of that name.</summary>
    public static AppManifestReading ReadBytes(ReadOnlySpan<byte> content, string path, IReadOnlyDictionary<string, string> environment)
    {
        if (ConfigurationText.Decode(content, path, out var problem) is not { } text || !YamlReader.TryRead(text, path, out var written, out problem))
        {
            return new AppManifestReading(null, [problem!], MayBeHalfWritten: true);
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            return new AppManifestReading(null, [new ConfigurationProblem(path, 1, 1, "", "is empty; a manifest has at least a name and a command")], MayBeHalfWritten: true);
        }

        var report = new ConfigurationReport(new SourcePosition(path, 1, 1));
        written = ManifestShape.Mend(written, report);
        var document = new ConfigurationChecker(report, references: null, ManifestKeys.Root).Check(written);
        ManifestRules.Check(document, written, path, environment, report);
        var problems = report.Problems();
        return problems.Count > 0
            ? new AppManifestReading(null, [.. problems], MayBeHalfWritten: true)
            : new AppManifestReading(Bind(document, path, environment) with { Hash = Convert.ToHexStringLower(SHA256.HashData(content)) }, [], false);
    }

    /// <summary>Anything but a checked document may throw.</summary>
    private static AppManifest Bind(YamlNode.Mapping document, string path, IReadOnlyDictionary<string, string> environment)
    {
        var memory = document["memory"] as YamlNode.Mapping;
        return new AppManifest
        {
            Name = Text(document, "name")!,
            Path = path,
            Hash = "",
            Command = Texts(document, "command"),
            WorkingDirectory = Text(document, "working_dir") is { } folder
                ? Path.GetFullPath(UserPath.Expand(folder, environment), Path.GetDirectoryName(Path.GetFullPath(path))!)
                : null,
            Environment = ((document["env"] as YamlNode.Mapping)?.Entries ?? []).ToImmutableSortedDictionary(e => e.Key, e => ((YamlNode.Scalar)e.Value).Text, StringComparer.Ordinal),
            Port = Text(document, "port") is { } port and not "auto" ? int.Parse(port, CultureInfo.InvariantCulture) : null,
            Health = Text(document, "health"),
            StartTimeout = Time(document, "start_timeout"),
            IdleTimeout = Time(document, "idle_timeout"),
            Vram = Size(memory, "vram"),
            Ram = Size(memory, "ram"),
            Models = Texts(document, "models"),
            Files = [.. ((document["files"] as YamlNode.Sequence)?.Items ?? []).Cast<YamlNode.Mapping>().Select(File)],
        };
    }

    private static AppFile File(YamlNode.Mapping entry) => new(
        new Uri(Text(entry, "url")!),
        Text(entry, "path")!,
        Text(entry, "sha256")?.ToLowerInvariant(),
        ExpectedSize.TryParse(Text(entry, "size") ?? "", out var size) ? size : null,
        Text(entry, "insecure") == "true");

    private static string? Text(YamlNode.Mapping? section, string key) =>
        section?[key] is YamlNode.Scalar { IsNull: false } scalar ? scalar.Text : ManifestKeys.Root.Child(key)?.Default;

    private static ImmutableArray<string> Texts(YamlNode.Mapping section, string key) =>
        [.. ((section[key] as YamlNode.Sequence)?.Items ?? []).Select(item => ((YamlNode.Scalar)item).Text)];

    private static TimeSpan Time(YamlNode.Mapping document, string key) => Duration.TryParse(Text(document, key), out var duration) ? duration.Value : TimeSpan.Zero;

    private static ByteSize Size(YamlNode.Mapping? section, string key) => ByteSize.TryParse(Text(section, key) ?? "0", out var size) ? size : ByteSize.Zero;
}
