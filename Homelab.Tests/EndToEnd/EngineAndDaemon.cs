using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Engines.Ollama;
using Homelab.Tests.EndToEnd.Clients;
using Homelab.Tests.EndToEnd.Engines;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.EndToEnd;

/// <summary>An Ollama, the fake or the real one, and the published daemon before it: two chat models that do not fit together, a small one, one that calls
/// a tool, one that fits nowhere, and an embedder.</summary>
internal sealed class EngineAndDaemon : IAsyncDisposable
{
    public const string First = "first:8b";
    public const string Second = "second:8b";
    public const string Small = "small:1b";
    public const string Tools = "tools:1b";
    public const string Huge = "huge:70b";
    public const string Embedder = "embedder:latest";

    private EngineAndDaemon(ITestEngine engine, HomelabProcess daemon)
    {
        Engine = engine;
        Daemon = daemon;
    }

    public ITestEngine Engine { get; }

    /// <summary>The engine where it is the fake one.</summary>
    public FakeOllama Fake => ((FakeTestEngine)Engine).Ollama;

    public HomelabProcess Daemon { get; }

    public ClientTarget Target => new(Daemon.Url, Small, Tools, Embedder);

    /// <summary>Starts a fake engine and the daemon.</summary>
    /// <param name="daemonKeys">Further lines under <c>daemon:</c>, indented by two.</param>
    public static async Task<EngineAndDaemon> StartAsync(string daemonKeys = "") => await StartAsync(await FakeTestEngine.StartAsync(), daemonKeys);

    /// <summary>Starts an engine and the daemon.</summary>
    /// <param name="kind">Which engine.</param>
    /// <param name="models">Of the real one.</param>
    /// <param name="daemonKeys">Further lines under <c>daemon:</c>, indented by two.</param>
    public static async Task<EngineAndDaemon> StartAsync(EngineKind kind, RealOllamaModels models, string daemonKeys = "") =>
        await StartAsync(kind == EngineKind.Real ? await RealTestEngine.StartAsync(models) : await FakeTestEngine.StartAsync(), daemonKeys);

    /// <summary>The body of a chat request.</summary>
    public static string Chat(string model, bool stream = false, int tokens = 12) =>
        $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"max_tokens":{{tokens}},"messages":[{"role":"user","content":"Say hello."}]}""";

    /// <summary>What the engine has in memory, sorted; what the daemon derives is named as what it derives from.</summary>
    public async Task<IReadOnlyList<string>> LoadedAsync() => [.. (await Engine.LoadedAsync()).Select(Origin).Order(StringComparer.Ordinal)];

    /// <summary>Waits until the engine has these models in memory and no others.</summary>
    public Task HoldsAsync(params string[] models) => Eventually.BecomesAsync(
        "the engine's memory", models.Length == 0 ? "no model" : string.Join(", ", models), async () => string.Join(", ", await LoadedAsync()), loaded => loaded == string.Join(", ", models));

    /// <summary>What somebody else who uses the engine asks of it, past the daemon; its answer.</summary>
    public async Task<JsonElement> AskEngineAsync(string path, string? body = null)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Engine.Address, Timeout = TimeSpan.FromSeconds(30) };
        using var content = new StringContent(body ?? "", System.Text.Encoding.UTF8, "application/json");
        using var answer = body is null ? await http.GetAsync(new Uri(path, UriKind.Relative)) : await http.PostAsync(new Uri(path, UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        Engine.ReleaseAll();
        try
        {
            await Daemon.DisposeAsync();
        }
        finally
        {
            await Engine.DisposeAsync();
        }
    }

    private static string Origin(string name) => DerivedModelName.TryRead(ModelName.Parse(name), [], out var origin, out _) ? origin.Value : name;

    private static async Task<EngineAndDaemon> StartAsync(ITestEngine engine, string daemonKeys)
    {
        try
        {
            return new EngineAndDaemon(engine, await HomelabProcess.StartAsync($"daemon:\n{engine.Configuration}\n{daemonKeys}\n"));
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }
}
