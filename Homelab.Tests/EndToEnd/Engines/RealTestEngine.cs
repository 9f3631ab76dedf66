using System.Net.Http.Json;
using System.Text.Json;

namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>A real Ollama of the test's own. What the fake does by script is done to its runner processes: they are stopped, continued, killed.</summary>
internal sealed class RealTestEngine : ITestEngine
{
    private readonly string _folder;
    private int _startsBefore;

    private RealTestEngine(string folder, RealOllamaServer server)
    {
        _folder = folder;
        Server = server;
    }

    /// <summary>The one that runs, or ran last.</summary>
    public RealOllamaServer Server { get; private set; }

    public Uri Address => Server.Address;

    // With a context of 32768 either of the two takes some 480 MiB by Ollama's count and 780 MiB by the first estimate.
    public string Configuration => $$"""
          engines:
            ollama: { url: "{{Address}}", manage: never, parallel: 1 }
          memory:
            min_residency: 0
            reserve: 0
            devices: [ { name: ram, kind: ram, total: 900MiB } ]
        """;

    public int Starts => _startsBefore + Server.Runners.Starts;

    public string Trace => string.Join('\n', Server.Log.Split('\n').TakeLast(60));

    public static async Task<RealTestEngine> StartAsync(RealOllamaModels models)
    {
        var folder = await models.FolderAsync();
        return new RealTestEngine(folder, await RealOllamaServer.StartAsync(folder, RealOllamaServer.FreePort()));
    }

    public async Task<IReadOnlyList<string>> LoadedAsync()
    {
        var running = await Server.Http.GetFromJsonAsync<JsonElement>("api/ps");
        return [.. running.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("name").GetString()!)];
    }

    public IEngineHold HoldLoads()
    {
        var stands = Server.Runners.StopStarting();
        return new Hold(() => stands, Server.Runners.ContinueAll);
    }

    public IEngineHold HoldTokens() => new Hold(StopAsync, Server.Runners.ContinueAll);

    public Func<Task> CrashNextStream() => () =>
    {
        Server.Runners.KillAll();
        return Task.CompletedTask;
    };

    public Func<Task> CrashNextLoad()
    {
        var stands = Server.Runners.StopStarting();
        return async () =>
        {
            await stands.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
            Server.Runners.KillAll();
            Server.Runners.ContinueAll();
        };
    }

    public void ReleaseAll() => Server.Runners.ContinueAll();

    public async Task GoDownAsync()
    {
        _startsBefore += Server.Runners.Starts;
        await Server.DisposeAsync();
    }

    public async Task ComeBackAsync() => Server = await RealOllamaServer.StartAsync(_folder, Address.Port);

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    private Task StopAsync()
    {
        Server.Runners.StopAll();
        return Task.CompletedTask;
    }

    private sealed class Hold(Func<Task> reached, Action release) : IEngineHold
    {
        public Task ReachedAsync() => reached();

        public void Release() => release();
    }
}
