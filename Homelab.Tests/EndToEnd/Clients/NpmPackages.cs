namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>The clients from npm, installed once into the folder of what is built, and kept there.</summary>
internal static class NpmPackages
{
    private static readonly NpmFolder Folder = new(Path.Combine("Clients", "Npm"), "npm-clients");

    /// <summary>Why the tests that need them are left out; null where they can run.</summary>
    public static string? SkipReason { get; } = HomelabExecutable.SkipReason ?? Missing();

    /// <summary>Runs a client script against the daemon; fails with its output where it failed.</summary>
    public static async Task RunAsync(string script, ClientTarget target) => Assert.Contains(
        "ok error",
        await Folder.RunAsync(script, TimeSpan.FromSeconds(90), target.Url.ToString(), target.Chat, target.Embed),
        StringComparison.Ordinal);

    private static string? Missing()
    {
        if (ProgramSearch.Find("node") is null || ProgramSearch.Find("npm") is not { } npm)
        {
            return "node and npm are not on PATH";
        }

        // Read once, when the tests are discovered: only npm itself knows the registry and the proxy that it is configured for.
        return Folder.IsInstalled || Task.Run(() => AnswersAsync(npm)).GetAwaiter().GetResult() ? null : "npm's registry cannot be reached (npm ping failed)";
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
