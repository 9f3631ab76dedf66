using Homelab.Tests.Architecture;

namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>Packages from npm with scripts of ours, installed once into the folder of what is built, and kept there.</summary>
/// <param name="sources">Folder below the tests' end-to-end ones, with a package list.</param>
/// <param name="name">Of the folder that they are installed into.</param>
internal sealed class NpmFolder(string sources, string name)
{
    private readonly string _sources = Path.Combine(SourceTree.Root, "Homelab.Tests", "EndToEnd", sources);
    private readonly string _folder = Path.Combine(SourceTree.Root, "obj", name);
    private Lazy<Task<string>>? _installed;

    /// <summary>Whether what the package list asks for is there.</summary>
    public bool IsInstalled => File.Exists(Marker) && File.ReadAllText(Marker) == File.ReadAllText(Path.Combine(_sources, "package.json"));

    /// <summary>Written when the install was complete, with the package list that it was made from.</summary>
    private string Marker => Path.Combine(_folder, "installed.json");

    /// <summary>The folder, once everything is in it.</summary>
    public Task<string> InstalledAsync() => LazyInitializer.EnsureInitialized(ref _installed, () => new Lazy<Task<string>>(InstallAsync)).Value;

    /// <summary>Runs a script of ours; fails with its output where it failed.</summary>
    public async Task<string> RunAsync(string script, TimeSpan limit, params string[] arguments)
    {
        var folder = await InstalledAsync();
        await using var node = TestProcess.Start(ProgramSearch.Find("node")!, [Path.Combine(folder, script), .. arguments], folder: folder);
        var code = await node.ExitAsync(limit);
        Assert.True(code == 0, $"{script} ended with {code}\n{node.Output}{node.Error}");
        return node.Output;
    }

    private async Task<string> InstallAsync()
    {
        Directory.CreateDirectory(_folder);
        foreach (var file in Directory.GetFiles(_sources))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)), overwrite: true);
        }

        if (!IsInstalled)
        {
            await using var npm = TestProcess.Start(
                ProgramSearch.Find("npm")!,
                ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--loglevel=error"],
                folder: _folder);
            var code = await npm.ExitAsync(TimeSpan.FromMinutes(5));
            Assert.True(code == 0, $"npm install ended with {code}\n{npm.Output}{npm.Error}");
            File.Copy(Path.Combine(_folder, "package.json"), Marker, overwrite: true);
        }

        return _folder;
    }
}
