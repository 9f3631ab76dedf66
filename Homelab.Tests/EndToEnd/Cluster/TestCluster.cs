using System.Net.Http.Json;
using System.Text.Json;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>A hub and some daemons that joined it, each a process of the published executable.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    /// <summary>The beginning of a hub's configuration, where no machine is meant to fall silent: none does for being starved of processors.</summary>
    public const string Pace = """
        hub:
          heartbeat: 500ms
          suspect_after: 10s
          lost_after: 20s
          start_grace: 5s

        """;

    /// <summary>The same where machines fall silent: it is noticed in seconds.</summary>
    public const string QuickPace = """
        hub:
          heartbeat: 500ms
          suspect_after: 1500ms
          lost_after: 3s
          start_grace: 2s

        """;

    /// <summary>At <see cref="QuickPace"/>: after which a machine that fell silent counts as lost, with what busy processors add.</summary>
    public static readonly TimeSpan LostWithin = TimeSpan.FromSeconds(8);

    private readonly Dictionary<string, HomelabProcess> _nodes = new(StringComparer.Ordinal);

    private TestCluster(HomelabProcess hub) => Hub = hub;

    public HomelabProcess Hub { get; }

    public IReadOnlyDictionary<string, HomelabProcess> Nodes => _nodes;

    /// <summary>A machine's daemon, by name.</summary>
    public HomelabProcess this[string node] => _nodes[node];

    /// <summary>Everything that all of them wrote, for failure messages.</summary>
    public string Log => string.Concat(_nodes.Select(n => $"--- {n.Key}\n{n.Value.Log}").Prepend("--- hub\n" + Hub.Log));

    public static Task<TestCluster> StartAsync(params ClusterNode[] nodes) => StartAsync(Pace, nodes);

    /// <summary>Starts the hub, then the daemons at the same time, and waits until everyone knows everyone's models.</summary>
    /// <param name="hub">The hub's configuration; begins with <see cref="Pace"/> or <see cref="QuickPace"/>.</param>
    /// <param name="nodes">The machines.</param>
    public static async Task<TestCluster> StartAsync(string hub, params ClusterNode[] nodes)
    {
        var cluster = new TestCluster(await HomelabProcess.StartHubAsync(hub));
        try
        {
            var token = await cluster.MakeTokenAsync(nodes.Length);
            foreach (var (node, daemon) in nodes.Zip(await Task.WhenAll(nodes.Select(n => StartNodeAsync(n, token, cluster.Hub)))))
            {
                cluster._nodes[node.Name] = daemon;
            }

            await cluster.KnowsItselfAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a daemon that joins the hubs.</summary>
    public static Task<HomelabProcess> StartNodeAsync(ClusterNode node, string token, params HomelabProcess[] hubs)
    {
        var joins = $"daemon:\n  hub: [ {string.Join(", ", hubs.Select(h => $"\"{h.Url}\""))} ]\n";
        return HomelabProcess.StartAsync($"node: {{ name: {node.Name}, labels: {{ {node.Labels} }} }}\n" + node.Yaml.Replace("daemon:\n", joins, StringComparison.Ordinal), new Dictionary<string, string?> { ["HOMELAB_DAEMON__JOIN_TOKEN"] = token });
    }

    /// <summary>A token for so many machines, made as an administrator of the hub does.</summary>
    public async Task<string> MakeTokenAsync(int uses = 1)
    {
        var made = await Hub.CommandAsync("join-token", "--uses", $"{uses}");
        Assert.True(made.ExitCode == 0, $"{made}");
        return made.Output.Trim();
    }

    /// <summary>Adds a machine.</summary>
    public async Task<HomelabProcess> AddAsync(ClusterNode node)
    {
        _nodes[node.Name] = await StartNodeAsync(node, await MakeTokenAsync(), Hub);
        await KnowsItselfAsync();
        return _nodes[node.Name];
    }

    /// <summary>Waits until the hub holds all machines for live and every machine lists what the hub lists.</summary>
    public async Task KnowsItselfAsync()
    {
        foreach (var name in _nodes.Keys)
        {
            await IsAsync(name, "live");
        }

        var own = (await Task.WhenAll(_nodes.Values.Select(ListAsync))).SelectMany(m => m).Distinct().ToList();
        foreach (var process in _nodes.Values.Prepend(Hub))
        {
            await BecomesAsync(
                $"GET {process.Url}v1/models",
                string.Join(", ", own),
                async () => string.Join(", ", await ListAsync(process)),
                listed => own.All(m => listed.Contains(m, StringComparison.Ordinal)));
        }
    }

    /// <summary>Waits until the hub holds a machine for this.</summary>
    public async Task<TimeSpan> IsAsync(string node, string state, int limitSeconds = 20)
    {
        var began = TimeProvider.System.GetTimestamp();
        await BecomesAsync($"{node} at the hub", state, () => StateAsync(node), s => s == state, limitSeconds);
        return TimeProvider.System.GetElapsedTime(began);
    }

    /// <summary>What the hub holds a machine for; <c>absent</c> where it does not know it.</summary>
    public async Task<string> StateAsync(string node) => (await FindAsync(node))?.GetProperty("state").GetString() ?? "absent";

    /// <summary>A machine as the hub shows it; null where it does not know it.</summary>
    public async Task<JsonElement?> FindAsync(string node)
    {
        var nodes = await Hub.Http.GetFromJsonAsync<JsonElement>("homelab/v1/nodes");
        return nodes.EnumerateArray().Where(n => n.GetProperty("name").GetString() == node).Select(n => (JsonElement?)n).FirstOrDefault();
    }

    /// <summary>The models that are in memory on a machine, as the hub shows it.</summary>
    public async Task<string> HotAsync(string node) => await FindAsync(node) is { } found
        ? string.Join(", ", found.GetProperty("replicas").EnumerateArray().Where(r => r.GetProperty("state").GetString() is "hot" or "leased").Select(r => r.GetProperty("model").GetString()).Order(StringComparer.Ordinal))
        : "absent";

    /// <summary>Waits until the hub shows exactly these models in memory on a machine.</summary>
    public Task HasHotAsync(string node, params string[] models) => BecomesAsync(
        $"what is hot on {node} at the hub", $"'{string.Join(", ", models)}'", () => HotAsync(node), hot => hot == string.Join(", ", models));

    /// <summary>Has a model loaded on a machine.</summary>
    public async Task LoadAsync(string model, string node)
    {
        var loaded = await Hub.CommandAsync("models", "load", model, "--node", node);
        Assert.True(loaded.ExitCode == 0, $"{loaded}\n{Log}");
    }

    /// <summary>What the hub keeps of events since one of them, each with its type and its message.</summary>
    public async Task<IReadOnlyList<JsonElement>> EventsAsync()
    {
        var listed = await Hub.CommandAsync("events", "--output", "json");
        Assert.True(listed.ExitCode == 0, $"{listed}");
        return [.. listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    /// <summary>Waits until nobody holds or waits for anything.</summary>
    public async Task IsIdleAsync()
    {
        foreach (var process in _nodes.Values.Prepend(Hub))
        {
            await process.IsIdleAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The daemons first: the hub hears that they leave.
        var endings = new List<Exception>();
        foreach (var process in _nodes.Values.Append(Hub))
        {
            try
            {
                await process.DisposeAsync();
            }
            catch (Exception problem) when (problem is Xunit.Sdk.XunitException or TimeoutException)
            {
                endings.Add(problem);
            }
        }

        if (endings.Count > 0)
        {
            throw new AggregateException(endings);
        }
    }

    /// <summary>As <see cref="Eventually.BecomesAsync"/>; a wait that is too long says what all of them wrote.</summary>
    public async Task<T> BecomesAsync<T>(string what, string expected, Func<Task<T>> ask, Func<T, bool> isRight, int limitSeconds = 20)
    {
        try
        {
            return await Eventually.BecomesAsync(what, expected, ask, isRight, limitSeconds);
        }
        catch (Xunit.Sdk.XunitException late)
        {
            Assert.Fail($"{late.Message}\n{Log}");
            throw;
        }
    }

    private static async Task<IReadOnlyList<string>> ListAsync(HomelabProcess process)
    {
        var listed = await process.Http.GetFromJsonAsync<JsonElement>("v1/models");
        return [.. listed.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()!)];
    }
}
