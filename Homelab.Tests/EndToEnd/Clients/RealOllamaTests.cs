namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>The clients of <see cref="ClientTests"/> against the machine's own Ollama.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class RealOllamaTests(RealOllama ollama) : IClassFixture<RealOllama>
{
    [OllamaTheory]
    [MemberData(nameof(ClientScenario.NamesForAnyModel), MemberType = typeof(ClientScenario))]
    public Task Client_gets_what_it_needs_from_the_real_Ollama(string scenario) => ClientScenario.Named(scenario).RunAsync(ollama.Target);
}
