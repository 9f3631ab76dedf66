using System.Text.Json;

namespace Homelab.Tests.EndToEnd;

/// <summary>What one run of a command of the executable gave.</summary>
internal sealed record HomelabCommand(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Output parsed as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Runs the executable to its end with a home of its own.</summary>
    public static async Task<HomelabCommand> RunAsync(HomelabHome home, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        await using var process = TestProcess.Start(HomelabExecutable.Path, arguments, Environment(home, environment));
        var code = await process.ExitAsync(Limit);
        return new HomelabCommand(code, process.Output, process.Error);
    }

    public static async Task<HomelabCommand> RunAsync(HomelabHome home, params string[] arguments) =>
        await RunAsync(home, new Dictionary<string, string?>(), arguments);

    /// <summary>The test's environment without what the caller's own homelab configuration would change.</summary>
    public static Dictionary<string, string?> Environment(HomelabHome home, IReadOnlyDictionary<string, string?> more)
    {
        var environment = System.Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(k => k.StartsWith("HOMELAB_", StringComparison.OrdinalIgnoreCase) || k.StartsWith("OLLAMA_", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(k => k, _ => (string?)null);
        environment["HOMELAB_HOME"] = home.Path;
        environment["NO_COLOR"] = "1";
        foreach (var (key, value) in more)
        {
            environment[key] = value;
        }

        return environment;
    }
}
