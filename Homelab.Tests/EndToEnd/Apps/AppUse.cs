using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Homelab.Tests.Apps.Running;

namespace Homelab.Tests.EndToEnd.Apps;

/// <summary>What users do with apps of a daemon that runs.</summary>
internal static class AppUse
{
    /// <summary>Where a daemon's manifest of that name lies.</summary>
    public static string ManifestOf(this HomelabProcess daemon, string app) => Path.Combine(daemon.Home.Path, "apps", app + ".yaml");

    /// <summary>Where its processes leave their numbers, if <see cref="PutAppAsync"/> put it there.</summary>
    public static string PidsOf(this HomelabProcess daemon, string app) => Path.Combine(daemon.Home.Path, app + ".pids");

    /// <summary>Puts the manifest of a sample app and waits until the daemon lists it.</summary>
    /// <param name="daemon">Whose apps folder.</param>
    /// <param name="app">Its name.</param>
    /// <param name="keys">Further lines.</param>
    /// <param name="arguments">How it behaves.</param>
    public static async Task PutAppAsync(this HomelabProcess daemon, string app, string keys = "", params string[] arguments)
    {
        WriteManifest(daemon.ManifestOf(app), Manifest(daemon, app, keys, arguments));
        await daemon.AppBecomesAsync(app, "stopped");
    }

    /// <summary>The text of such a manifest.</summary>
    public static string Manifest(HomelabProcess daemon, string app, string keys = "", params string[] arguments)
    {
        var command = string.Join(", ", ((string[])[SampleApp.Path, "--port", "{port}", "--pids", daemon.PidsOf(app), .. arguments]).Select(a => $"'{a}'"));
        return $$"""
            name: {{app}}
            command: [ {{command}} ]
            env: { DOTNET_ROOT: "{{SampleApp.DotnetRoot}}" }
            health: /healthz
            {{keys}}

            """;
    }

    /// <summary>Writes it as an editor does that replaces files.</summary>
    public static void WriteManifest(string path, string text)
    {
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, ".saving~");
        File.WriteAllText(temporary, text);
        if (!OperatingSystem.IsWindows())
        {
            // Whatever the umask of those who run the tests: what others may write is refused.
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
            File.SetUnixFileMode(temporary, (UnixFileMode)0b110_100_100);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>An app as the control API shows it; null where it does not.</summary>
    public static async Task<JsonElement?> AppAsync(this HomelabProcess process, string app)
    {
        var apps = await process.Http.GetFromJsonAsync<JsonElement>("homelab/v1/apps");
        return apps.EnumerateArray().Where(a => a.GetProperty("name").GetString() == app).Select(a => (JsonElement?)a).FirstOrDefault();
    }

    /// <summary>Waits for an app to be in a state; <c>absent</c> where it is not listed.</summary>
    public static Task<string> AppBecomesAsync(this HomelabProcess process, string app, string state) => Eventually.BecomesAsync(
        $"the app {app}", state, async () => (await process.AppAsync(app))?.GetProperty("state").GetString() ?? "absent", s => s == state, limitSeconds: 30);

    /// <summary>Asks an app by its route.</summary>
    public static async Task<string> GetAsync(this HomelabProcess process, string path)
    {
        using var answer = await process.Http.GetAsync(new Uri(path, UriKind.Relative)).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"GET {path}: {answer.StatusCode} {text}\n{process.Log}");
        return text;
    }

    /// <summary>What a daemon keeps of events, one a line: type and message.</summary>
    public static async Task<IReadOnlyList<string>> EventsAsync(this HomelabProcess daemon)
    {
        var listed = await daemon.CommandAsync("events", "--output", "json");
        return [.. listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).Select(e => $"{e.GetProperty("type").GetString()}: {e.GetProperty("message").GetString()}")];
    }

    /// <summary>A configuration without engine that has so much memory.</summary>
    public static string Simulated(string memory) => new StringBuilder("daemon:\n  memory: { min_residency: 0 }\n  engines: { simulated: { enabled: true, load_rate: 200GiB, tokens_per_second: 2000, memory: ")
        .Append(memory).Append(" } }\n").ToString();
}
