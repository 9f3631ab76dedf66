using Homelab.Tests.Architecture;
using Homelab.Tests.EndToEnd.Clients;

namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>The JavaScript client and the conformance suite from npm, with the Node that the suite needs; installed once into the folder of what is built.</summary>
internal static class McpNpm
{
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);

    /// <summary>Why the tests that need them are left out; null where they can run.</summary>
    public static string? SkipReason => NpmPackages.SkipReason;

    private static string Sources => Path.Combine(SourceTree.Root, "Homelab.Tests", "EndToEnd", "Mcp", "Npm");

    private static string Folder => Path.Combine(SourceTree.Root, "obj", "npm-mcp");

    private static string Marker => Path.Combine(Folder, "installed.json");

    /// <summary>Runs a script of ours; fails with its output where it failed.</summary>
    public static async Task<string> RunScriptAsync(string script, params string[] arguments)
    {
        var folder = await Installed.Value;
        await using var node = TestProcess.Start(ProgramSearch.Find("node")!, [Path.Combine(folder, script), .. arguments], folder: folder);
        var code = await node.ExitAsync(TimeSpan.FromSeconds(120));
        Assert.True(code == 0, $"{script} ended with {code}\n{node.Output}{node.Error}");
        return node.Output;
    }

    /// <summary>Runs one scenario of the conformance suite; its exit code and what it said. Null where there is no Node that it runs on.</summary>
    public static async Task<(int Code, string Output)?> ConformAsync(Uri url, string scenario)
    {
        var folder = await Installed.Value;
        if (NewNode(folder) is not { } program)
        {
            return null;
        }

        var suite = Path.Combine(folder, "node_modules", "@modelcontextprotocol", "conformance", "dist", "index.js");
        await using var node = TestProcess.Start(program, [suite, "server", "--url", url.ToString(), "--scenario", scenario, "-o", Path.Combine(folder, "results")], folder: folder);
        return (await node.ExitAsync(TimeSpan.FromSeconds(60)), node.Output + node.Error);
    }

    /// <summary>The suite wants Node 22 or newer, which a package brings.</summary>
    private static string? NewNode(string folder) =>
        Directory.EnumerateDirectories(Path.Combine(folder, "node_modules"), "node-*").Select(f => Path.Combine(f, "bin", "node")).FirstOrDefault(File.Exists);

    private static async Task<string> InstallAsync()
    {
        Directory.CreateDirectory(Folder);
        foreach (var file in Directory.GetFiles(Sources))
        {
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
        }

        if (!File.Exists(Marker) || await File.ReadAllTextAsync(Marker) != await File.ReadAllTextAsync(Path.Combine(Sources, "package.json")))
        {
            await using var npm = TestProcess.Start(
                ProgramSearch.Find("npm")!,
                ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--loglevel=error"],
                folder: Folder);
            var code = await npm.ExitAsync(TimeSpan.FromMinutes(5));
            Assert.True(code == 0, $"npm install ended with {code}\n{npm.Output}{npm.Error}");
            File.Copy(Path.Combine(Folder, "package.json"), Marker, overwrite: true);
        }

        return Folder;
    }
}
