using Homelab.Apps.Manifests;
using Homelab.Processes;

namespace Homelab.Apps.Catalog;

/// <summary>Finds the program that a command names, or says what was searched.</summary>
internal static class ProgramLookup
{
    /// <summary>The full path of an app's program where it is one of the app's own files; null where it is not.</summary>
    /// <param name="manifest">Checked.</param>
    /// <param name="files">The folder of its files.</param>
    public static string? AmongFiles(AppManifest manifest, string files)
    {
        // The port does not matter here: nothing listens.
        var program = AppText.Fill(manifest.Command[0], new AppValues(manifest.Port ?? 1, files, manifest.Name));
        var path = Path.GetFullPath(program, manifest.WorkingDirectory ?? files);
        return program.Contains('/') && manifest.Files.Any(f => Path.GetFullPath(f.Path, files) == path) ? path : null;
    }

    /// <summary>The full path; null where there is none that can be run, and then <paramref name="problem"/> says why, as the end of a sentence that starts with the program.</summary>
    /// <param name="program">Placeholders filled.</param>
    /// <param name="folder">What relative paths start from.</param>
    /// <param name="searchPath">The value of <c>PATH</c>.</param>
    /// <param name="problem">What is wrong.</param>
    public static string? Find(string program, string folder, string? searchPath, out string? problem)
    {
        problem = null;
        if (!program.Contains('/') && !program.Contains(Path.DirectorySeparatorChar))
        {
            if (ExecutableSearch.OnPath(program, searchPath) is { } found)
            {
                return found;
            }

            problem = File.Exists(Path.Combine(folder, program))
                ? $"is not on PATH, which alone is searched for bare names; write ./{program} for the one in {folder}"
                : $"is not on PATH; searched: {(string.IsNullOrEmpty(searchPath) ? "nothing, PATH is not set" : searchPath)}";
            return null;
        }

        var path = Path.GetFullPath(program, folder);
        if (ExecutableSearch.Check(path) is { } whole)
        {
            return whole;
        }

        problem = Directory.Exists(path) ? $"is a folder: {path}"
            : File.Exists(path) ? $"is not executable; run: chmod u+x {path}"
            : $"does not exist: {path}";
        return null;
    }
}
