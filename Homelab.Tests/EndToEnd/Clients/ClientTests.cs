namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>Real clients against the published executable before a fake Ollama that answers as the real one was recorded.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ClientTests(SharedEngineAndDaemon shared) : IClassFixture<SharedEngineAndDaemon>
{
    [ExecutableTheory]
    [MemberData(nameof(ClientScenario.Names), MemberType = typeof(ClientScenario))]
    public async Task Client_gets_what_it_needs(string scenario)
    {
        await ClientScenario.Named(scenario).RunAsync(shared.Pair.Target);
        await shared.Pair.Daemon.IsIdleAsync();
    }

    [NpmFact]
    public Task Openai_from_npm_gets_what_it_needs() => NpmPackages.RunAsync("openai.mjs", shared.Pair.Target);

    [NpmFact]
    public Task Ollama_from_npm_gets_what_it_needs() => NpmPackages.RunAsync("ollama.mjs", shared.Pair.Target);

    [NpmFact]
    public Task Anthropic_from_npm_gets_what_it_needs() => NpmPackages.RunAsync("anthropic.mjs", shared.Pair.Target);

    [NpmFact]
    public Task Ai_sdk_from_npm_gets_what_it_needs() => NpmPackages.RunAsync("ai-sdk.mjs", shared.Pair.Target);
}
