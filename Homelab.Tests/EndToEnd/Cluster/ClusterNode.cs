using Homelab.Tests.Fakes;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>A machine of a <see cref="TestCluster"/>.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Yaml">Its configuration: everything but who it is and its hub.</param>
internal sealed record ClusterNode(string Name, string Yaml)
{
    /// <summary>Its labels, e.g. <c>site: home</c>.</summary>
    public string Labels { get; init; } = "";

    /// <summary>One whose engine is the simulated one.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="memory">Of its one device.</param>
    /// <param name="models">Entries of <c>daemon.engines.simulated.models</c>, e.g. <c>{ name: "big:70b", size: 20GiB }</c>.</param>
    /// <param name="tokens">A second, of each answer.</param>
    /// <param name="loadRate">Bytes that it loads in a second.</param>
    /// <param name="more">Further lines: of <c>daemon:</c> indented by two, or sections.</param>
    public static ClusterNode Simulated(string name, string memory, string models, int tokens = 2000, string loadRate = "200GiB", string more = "") => new(name, $$"""
        daemon:
          memory: { min_residency: 0 }
          engines: { simulated: { enabled: true, memory: {{memory}}, load_rate: {{loadRate}}, tokens_per_second: {{tokens}}, models: [ {{models}} ] } }
        {{more}}
        """);

    /// <summary>One before a fake Ollama of the test's, which outlives it and does what the test scripts.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="engine">With 24 GiB.</param>
    /// <param name="more">As above.</param>
    public static ClusterNode Before(string name, FakeOllama engine, string more = "") => new(name, $$"""
        daemon:
          memory: { min_residency: 0, devices: [ { name: gpu0, kind: cuda, total: 24GiB } ] }
          engines: { ollama: { url: "{{engine.Address}}", manage: never } }
        {{more}}
        """);
}
