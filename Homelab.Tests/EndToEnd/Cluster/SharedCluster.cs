using Homelab.Tests.EndToEnd.Clients;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>One cluster for all the tests of a class that leave it as they found it: a tower that has every model but one, an attic that has some of them, and
/// a laptop that has a small one. Started when the first of them asks.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    internal const string Chat = "chat:8b";
    internal const string Embedder = "embedder:latest";
    internal const string Small = "small:1b";
    internal const string Giant = "giant:400b";

    private readonly Lazy<Task<TestCluster>> _cluster = new(() => TestCluster.StartAsync(
        TestCluster.Pace + "  max_body: 1MiB\nmodels:\n  - { name: \"chat:8b\", aliases: [ genius ] }\n",
        ClusterNode.Simulated("tower", "48GiB", $$"""{ name: "{{Chat}}", size: 5GiB }, { name: "{{Giant}}", size: 300GiB }, { name: "{{Embedder}}", size: 1GiB, embedding: true }"""),
        ClusterNode.Simulated("attic", "16GiB", $$"""{ name: "{{Embedder}}", size: 1GiB, embedding: true }"""),
        ClusterNode.Simulated("laptop", "4GiB", $$"""{ name: "{{Small}}", size: 1GiB }""", more: "  max_body: 1MiB")));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_cluster is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _cluster.Value).DisposeAsync();
        }
    }

    internal Task<TestCluster> GetAsync() => _cluster.Value;

    /// <summary>The hub, or a machine by name.</summary>
    internal async Task<HomelabProcess> FindAsync(string name) => name == "hub" ? (await GetAsync()).Hub : (await GetAsync())[name];

    /// <summary>What client scenarios need: models that the laptop does not have.</summary>
    internal static ClientTarget Target(HomelabProcess process) => new(process.Url, Chat, Chat, Embedder);
}
