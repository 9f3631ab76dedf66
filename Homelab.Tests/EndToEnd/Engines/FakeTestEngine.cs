using Homelab.Domain.Models;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>The fake Ollama in this process, with 14 GiB.</summary>
internal sealed class FakeTestEngine : ITestEngine
{
    private FakeTestEngine(FakeOllama ollama) => Ollama = ollama;

    public FakeOllama Ollama { get; }

    public Uri Address => Ollama.Address;

    public string Configuration => $$"""
          engines:
            ollama: { url: "{{Address}}", manage: never }
          memory:
            min_residency: 0
            devices: [ { name: gpu0, kind: cuda, total: 14GiB } ]
        """;

    public int Starts => Ollama.Counts.Loads + Ollama.Counts.Reloads;

    public string Trace => string.Join(", ", Ollama.Requests.Select(r => $"{r.Method} {r.Path}").TakeLast(20));

    public static async Task<FakeTestEngine> StartAsync()
    {
        var ollama = await FakeOllama.StartAsync(s => s with { Memory = ByteSize.FromGibibytes(14), Models = [], Catalogue = [] });
        ollama.Install(EngineAndDaemon.First, ByteSize.FromGibibytes(6));
        ollama.Install(EngineAndDaemon.Second, ByteSize.FromGibibytes(6));
        ollama.Install(EngineAndDaemon.Small, ByteSize.FromGibibytes(1));
        ollama.Install(EngineAndDaemon.Tools, ByteSize.FromGibibytes(1));
        ollama.Install(EngineAndDaemon.Huge, ByteSize.FromGibibytes(40));
        ollama.Install(EngineAndDaemon.Embedder, ByteSize.FromMebibytes(274), embedding: true);
        return new FakeTestEngine(ollama);
    }

    public Task<IReadOnlyList<string>> LoadedAsync() => Task.FromResult(Ollama.Loaded);

    public IEngineHold HoldLoads() => new Hold(Ollama.Faults.HoldLoads());

    public IEngineHold HoldTokens() => new Hold(Ollama.Faults.HoldTokensAt(3));

    public Func<Task> CrashNextStream()
    {
        Ollama.Faults.CrashRunnerBeforeToken(3);
        return () => Task.CompletedTask;
    }

    public Func<Task> CrashNextLoad()
    {
        Ollama.Faults.FailNextLoad("llama-server process has terminated: signal: killed");
        return () => Task.CompletedTask;
    }

    public void ReleaseAll() => Ollama.Faults.ReleaseAll();

    public Task GoDownAsync() => Ollama.GoDownAsync();

    public Task ComeBackAsync() => Ollama.ComeBackAsync();

    public async ValueTask DisposeAsync() => await Ollama.DisposeAsync();

    private sealed class Hold(FakeOllamaHold hold) : IEngineHold
    {
        public Task ReachedAsync() => hold.Reached;

        public void Release() => hold.Release();
    }
}
