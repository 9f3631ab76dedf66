using Homelab.Tests.EndToEnd.Clients;

namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>The JavaScript client and the conformance suite from npm, with the Node that the suite needs; installed once into the folder of what is built.</summary>
internal static class McpNpm
{
    private static readonly NpmFolder Folder = new(Path.Combine("Mcp", "Npm"), "npm-mcp");

    /// <summary>Why the tests that need them are left out; null where they can run.</summary>
    public static string? SkipReason => NpmPackages.SkipReason;

    /// <summary>Runs a script of ours; fails with its output where it failed.</summary>
    public static Task<string> RunScriptAsync(string script, params string[] arguments) => Folder.RunAsync(script, TimeSpan.FromSeconds(120), arguments);

    /// <summary>Runs one scenario of the conformance suite; its exit code and what it said. Null where there is no Node that it runs on.</summary>
    public static async Task<(int Code, string Output)?> ConformAsync(Uri url, string scenario)
    {
        var folder = await Folder.InstalledAsync();
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
}
