using Homelab.Tests.Architecture;

namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>The clients from npm, installed once into the folder of what is built, and kept there.</summary>
internal static class NpmPackages
{
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);

    /// <summary>Why the tests that need them are left out; null where they can run.</summary>
    public static string? SkipReason { get; } = HomelabExecutable.SkipReason ?? Missing();

    private static string Sources => Path.Combine(SourceTree.Root, "Homelab.Tests", "EndToEnd", "Clients", "Npm");

    private static string Folder => Path.Combine(SourceTree.Root, "obj", "npm-clients");

    /// <summary>Written when the install was complete, with the package list that it was made from.</summary>
    private static string Marker => Path.Combine(Folder, "installed.json");

    private static bool IsInstalled => File.Exists(Marker) && File.ReadAllText(Marker) == File.ReadAllText(Path.Combine(Sources, "package.json"));

    /// <summary>Runs a client script against the daemon; fails with its output where it failed.</summary>
    public static async Task RunAsync(string script, ClientTarget target)
    {
        var folder = await Installed.Value;
        await using var node = TestProcess.Start(ProgramSearch.Find("node")!, [Path.Combine(folder, script), target.Url.ToString(), target.Chat, target.Embed], folder: folder);
        var code = await node.ExitAsync(TimeSpan.FromSeconds(90));
        Assert.True(code == 0, $"{script} ended with {code}\n{node.Output}{node.Error}");
        Assert.Contains("ok error", node.Output, StringComparison.Ordinal);
    }

    private static async Task<string> InstallAsync()
    {
        Directory.CreateDirectory(Folder);
        foreach (var file in Directory.GetFiles(Sources))
        {
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
        }

        if (!IsInstalled)
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

    private static string? Missing()
    {
        if (ProgramSearch.Find("node") is null || ProgramSearch.Find("npm") is not { } npm)
        {
            return "node and npm are not on PATH";
        }

        // Read once, when the tests are discovered: only npm itself knows the registry and the proxy that it is configured for.
        return IsInstalled || Task.Run(() => AnswersAsync(npm)).GetAwaiter().GetResult() ? null : "npm's registry cannot be reached (npm ping failed)";
    }

    private static async Task<bool> AnswersAsync(string npm)
    {
        await using var ping = TestProcess.Start(npm, ["ping", "--fetch-retries=0", "--fetch-timeout=10000"]);
        try
        {
            return await ping.ExitAsync(TimeSpan.FromSeconds(20)) == 0;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
