using Homelab.Tests.EndToEnd.Engines;

namespace Homelab.Tests.EndToEnd;

/// <summary>One pair of each engine for all the tests of a class that leave it as they found it; started when the first of them asks.</summary>
public sealed class SharedEngineAndDaemon : IAsyncLifetime
{
    private readonly Dictionary<EngineKind, Lazy<Task<EngineAndDaemon>>> _pairs;

    public SharedEngineAndDaemon(RealOllamaModels models) =>
        _pairs = Enum.GetValues<EngineKind>().ToDictionary(kind => kind, kind => new Lazy<Task<EngineAndDaemon>>(() => EngineAndDaemon.StartAsync(kind, models)));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var pair in _pairs.Values.Where(p => p.IsValueCreated && p.Value.IsCompletedSuccessfully))
        {
            await (await pair.Value).DisposeAsync();
        }
    }

    internal Task<EngineAndDaemon> PairAsync(EngineKind kind) => _pairs[kind].Value;
}
