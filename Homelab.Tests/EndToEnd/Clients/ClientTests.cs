using Homelab.Tests.EndToEnd.Engines;

namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>Real clients against the published executable, before a fake Ollama that answers as the real one was recorded and before the real one.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ClientTests(SharedEngineAndDaemon shared) : IClassFixture<SharedEngineAndDaemon>
{
    [ExecutableTheory]
    [MemberData(nameof(ClientScenario.Names), MemberType = typeof(ClientScenario))]
    public Task Client_gets_what_it_needs(string scenario) => RunAsync(EngineKind.Fake, ClientScenario.Named(scenario).RunAsync);

    [RealOllamaTheory]
    [MemberData(nameof(ClientScenario.Names), MemberType = typeof(ClientScenario))]
    public Task Client_gets_what_it_needs_from_the_real_Ollama(string scenario) => RunAsync(EngineKind.Real, ClientScenario.Named(scenario).RunAsync);

    [NpmTheory]
    [FakeEngine("openai.mjs")]
    [RealEngine("openai.mjs")]
    [FakeEngine("ollama.mjs")]
    [RealEngine("ollama.mjs")]
    [FakeEngine("anthropic.mjs")]
    [RealEngine("anthropic.mjs")]
    [FakeEngine("ai-sdk.mjs")]
    [RealEngine("ai-sdk.mjs")]
    public Task Client_from_npm_gets_what_it_needs(EngineKind kind, string script) => RunAsync(kind, target => NpmPackages.RunAsync(script, target));

    private async Task RunAsync(EngineKind kind, Func<ClientTarget, Task> scenario)
    {
        var pair = await shared.PairAsync(kind);
        await scenario(pair.Target);
        await pair.Daemon.IsIdleAsync();
    }
}
