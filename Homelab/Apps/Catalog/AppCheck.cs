using System.Collections.Immutable;
using Homelab.Apps.Manifests;
using Homelab.Configuration;
using Homelab.Domain.Models;
using Homelab.Telemetry;

namespace Homelab.Apps.Catalog;

/// <summary>Says of one manifest, without starting anything, whether its app could be used and what it still lacks.</summary>
internal static class AppCheck
{
    /// <summary>Reads the manifest and looks at what it names.</summary>
    /// <param name="path">The manifest.</param>
    /// <param name="home">Where files of apps lie.</param>
    /// <param name="environment">The variables that the daemon will have.</param>
    public static AppCheckReport Examine(string path, HomelabFolder home, IReadOnlyDictionary<string, string> environment)
    {
        path = Path.GetFullPath(path);
        var reading = ManifestReader.Read(path, environment);
        var problems = ImmutableArray.CreateBuilder<string>();
        var facts = ImmutableArray.CreateBuilder<string>();
        problems.AddRange(reading.Problems.Select(p => p.ToString()));
        if (!ManifestListing.IsManifest(Path.GetFileName(path)))
        {
            problems.Add($"{path}: is not looked at: a manifest's name ends with .yaml and does not start with a dot");
        }

        if (reading.Manifest is { } manifest)
        {
            problems.AddRange(Collisions(manifest, environment));
            ExamineStart(manifest, Path.Combine(home.Files, manifest.Name), environment, problems, facts);
            ExamineFiles(manifest, Path.Combine(home.Files, manifest.Name), problems, facts);
        }

        return new AppCheckReport(
            Printable.OneLine(Path.GetFileNameWithoutExtension(path), AppName.MaximumLength),
            [.. problems.Select(p => Printable.OneLine(p, 2048))],
            [.. facts.Select(f => Printable.OneLine(f, 2048))]);
    }

    /// <summary>What the manifests beside it have already.</summary>
    private static IEnumerable<string> Collisions(AppManifest manifest, IReadOnlyDictionary<string, string> environment)
    {
        var others = ManifestListing.Of(Path.GetDirectoryName(manifest.Path)!).Files
            .Where(file => file != manifest.Path)
            .Select(file => ManifestReader.Read(file, environment).Manifest)
            .OfType<AppManifest>();
        return AppCollisions.Find([.. others, manifest]).Where(c => c.Path == manifest.Path).Select(c => c.Problem);
    }

    private static void ExamineStart(
        AppManifest manifest, string files, IReadOnlyDictionary<string, string> environment, ImmutableArray<string>.Builder problems, ImmutableArray<string>.Builder facts)
    {
        // The port does not matter here: nothing listens.
        var values = new AppValues(manifest.Port ?? 1, files, manifest.Name);
        var folder = manifest.WorkingDirectory ?? files;
        if (manifest.WorkingDirectory is not null && !Directory.Exists(folder))
        {
            problems.Add($"{manifest.Path}: working_dir: {(File.Exists(folder) ? "is not a folder" : "does not exist")}: {folder}");
        }

        var written = AppText.Fill(manifest.Command[0], values);
        if (ProgramLookup.Find(written, folder, environment.GetValueOrDefault("PATH"), out var problem) is { } program)
        {
            facts.Add($"program: {program}");
        }
        else if (ProgramLookup.AmongFiles(manifest, files) is not null)
        {
            facts.Add($"program: {written} comes with the app's files");
        }
        else
        {
            problems.Add($"{manifest.Path}: command: '{written}' {problem}");
        }

        if (AppEnvironment.Resolve(manifest, values, environment, out var variable) is null)
        {
            problems.Add($"{manifest.Path}: {variable}");
        }
    }

    private static void ExamineFiles(AppManifest manifest, string folder, ImmutableArray<string>.Builder problems, ImmutableArray<string>.Builder facts)
    {
        var missing = 0;
        var present = 0L;
        var toFetch = 0L;
        foreach (var file in manifest.Files)
        {
            var path = Path.Combine(folder, Path.Combine(file.Path.Split('/')));
            var found = new FileInfo(path);
            if (Directory.Exists(path))
            {
                problems.Add($"{manifest.Path}: files: '{file.Path}' is a folder on the disk: {path}");
            }
            else if (!found.Exists || file.Size is { } expected && !expected.Allows(found.Length))
            {
                missing++;
                toFetch += file.Size?.Highest ?? 0;
                facts.Add($"file: {file.Path} {(found.Exists ? $"has {found.Length} bytes instead of {file.Size} and is fetched again" : "is missing and is fetched at the first start")}");
            }
            else
            {
                present += found.Length;
            }
        }

        if (manifest.Files.Length > 0)
        {
            var rest = missing > 0 ? $"; {missing} missing{(toFetch > 0 ? $" (about {new ByteSize(toFetch)})" : "")}" : "";
            facts.Add($"files: {manifest.Files.Length - missing} of {manifest.Files.Length} present ({new ByteSize(present)}){rest}");
        }
    }
}
