using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Persistence.Cluster;
using Homelab.Roles.Hub;
using Homelab.Tests.Processes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Roles.Hub;

/// <summary>The whole hub in this process: its real web server at a free loopback port and its real store in a temporary folder. Its clock stands still unless
/// the test moves it, so no heartbeat is late and no hold is over by chance.</summary>
internal sealed class HubFixture : IAsyncDisposable
{
    /// <summary>Of every wait for something that happens by itself.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly HomelabConfig _config = new();
    private readonly List<ScriptedNode> _nodes = [];
    private ClusterStoreOptions? _kept;
    private CancellationTokenSource _stop = new();
    private Task<int> _running = Task.FromResult(0);
    private Transcript _output = new();

    private HubFixture()
    {
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2031, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public HttpClient Http { get; }

    public Transcript Log { get; } = new();

    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    public string StateFolder => _folder.At("state");

    /// <summary>What was logged and printed so far.</summary>
    public string Words => Log.Text + "\n" + _output.Text;

    /// <summary>Printed by the first start; null where there was none to print.</summary>
    public string? AdminKey { get; private set; }

    public IReadOnlyList<ScriptedNode> Nodes => _nodes;

    public static async Task<HubFixture> StartAsync(Action<HomelabConfig>? configure = null, ClusterStoreOptions? kept = null, Action<string>? before = null)
    {
        var hub = new HubFixture { _kept = kept };
        hub._config.Hub.Listen = ["127.0.0.1:0"];
        configure?.Invoke(hub._config);
        before?.Invoke(hub._folder.Path);
        await hub.StartAgainAsync();
        return hub;
    }

    /// <summary>Ends this hub and starts another one on the same state.</summary>
    public async Task RestartAsync(TimeSpan? away = null)
    {
        await StopAsync();
        Time.Advance(away ?? TimeSpan.FromSeconds(2));
        await StartAgainAsync();
    }

    /// <summary>A node that has joined and reported once, with its inventory.</summary>
    public async Task<ScriptedNode> NodeAsync(string id, Action<ScriptedNode>? configure = null)
    {
        var node = new ScriptedNode(this, id);
        _nodes.Add(node);
        configure?.Invoke(node);
        await node.JoinAsync();
        await node.ReportAsync();
        return node;
    }

    public async Task<string> JoinTokenAsync(int uses = 1, double? life = null) =>
        (await PostAsync(ControlRoutes.JoinTokens, new JoinTokenRequestWire(uses, life), ContractsJson.Default.JoinTokenRequestWire, ContractsJson.Default.JoinTokenWire)).Token;

    /// <summary>A service key's secret.</summary>
    public async Task<string> KeyAsync(string name, string[]? models = null, int? perMinute = null, bool admin = false, double? life = null, bool infra = false) =>
        (await PostAsync(ControlRoutes.Keys, new KeyRequestWire(name, models, perMinute, admin, life, infra), ContractsJson.Default.KeyRequestWire, ContractsJson.Default.KeyMadeWire)).Secret;

    /// <summary>Sends a request from this machine, or, where <paramref name="far"/>, as if through a proxy from elsewhere: without a key that is nobody.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json = null, string? key = null, bool far = false, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path)) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        if (far)
        {
            request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        }

        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, string? key = null)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, key: key, far: key is not null);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {body}");
        return JsonSerializer.Deserialize(body, type)!;
    }

    public Task<IReadOnlyList<NodeWire>> NodesAsync() => GetAsync(ControlRoutes.Nodes, ContractsJson.Default.IReadOnlyListNodeWire);

    public async Task<string> StateOfAsync(string node) => (await NodesAsync()).FirstOrDefault(n => n.Id == node)?.State ?? "absent";

    public Task<StatusWire> StatusAsync() => GetAsync(ControlRoutes.Status, ContractsJson.Default.StatusWire);

    public async Task<IReadOnlyList<EventWire>> EventsAsync(long since = 0) => Read(await TextAsync($"{ControlRoutes.Events}?follow=false&since={since}"));

    public async Task<string> TextAsync(string path, string? key = null)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, key: key, far: key is not null);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode}");
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>A chat request's answer, when it comes.</summary>
    public Task<HttpResponseMessage> ChatAsync(string model, string? key = null, string prompt = "hello", CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Post, "/v1/chat/completions", new JsonObject { ["model"] = model, ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }) }.ToJsonString(), key, key is not null, cancellation);

    /// <summary>Waits for what happens by itself, without moving the clock.</summary>
    public async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Limit)
            {
                Assert.Fail($"waited {Limit} in vain until {what}; nodes: {string.Join(", ", (await NodesAsync()).Select(n => $"{n.Name} {n.State}"))}\n{Words}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(3), TimeProvider.System);
        }
    }

    public Task UntilAsync(string what, Func<bool> condition) => UntilAsync(what, () => Task.FromResult(condition()));

    /// <summary>Moves the clock in steps until the condition holds.</summary>
    public async Task AdvanceUntilAsync(string what, TimeSpan step, Func<Task<bool>> condition)
    {
        for (var i = 0; !await condition(); i++)
        {
            if (i == 2000)
            {
                Assert.Fail($"moved the clock in vain until {what}; nodes: {string.Join(", ", (await NodesAsync()).Select(n => $"{n.Name} {n.State}"))}\n{Words}");
            }

            Time.Advance(step);
            await Task.Delay(TimeSpan.FromMilliseconds(3), TimeProvider.System);
        }
    }

    /// <summary>Time passes, second by second, and the hub takes its ticks.</summary>
    public async Task PassAsync(TimeSpan span)
    {
        for (var left = span; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(1))
        {
            Time.Advance(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>Starts to end the hub as the first signal does.</summary>
    public void SignalStop() => _stop.Cancel();

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        var began = TimeProvider.System.GetTimestamp();
        while (!_running.IsCompleted)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, "the hub does not end\n" + Words);
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(_running, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
        }

        Assert.Equal(0, await _running);
    }

    public async ValueTask DisposeAsync()
    {
        Http.CancelPendingRequests();
        await StopAsync();
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        Http.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    public static IReadOnlyList<EventWire> Read(string stream) =>
        [.. stream.Split('\n').Where(static l => l.StartsWith("data: ", StringComparison.Ordinal)).Select(static l => JsonSerializer.Deserialize(l["data: ".Length..], ContractsJson.Default.EventWire)!)];

    private async Task StartAgainAsync()
    {
        _stop.Dispose();
        _stop = new CancellationTokenSource();
        _output = new Transcript();
        var console = new RoleConsole(_output, Log, LogLevel.Debug, Time);
        _running = Task.Run(() => HubHost.RunAsync(_config, new HomelabFolder(_folder.Path), console, _stop.Token, _kept));
        var began = TimeProvider.System.GetTimestamp();
        while (!_output.Text.Contains("machine", StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit && !_running.IsCompleted, "the hub does not start\n" + Words + _running.Exception);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        var lines = _output.Text.Split('\n', StringSplitOptions.TrimEntries);
        Address = new Uri(lines.First(static l => l.StartsWith("listening on ", StringComparison.Ordinal))["listening on ".Length..]);
        AdminKey = Array.Find(lines, static l => l.Contains("hl_admin_", StringComparison.Ordinal))?.Split(' ')[^1] ?? AdminKey;
    }

    private async Task<TAnswer> PostAsync<TBody, TAnswer>(string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> type)
    {
        using var answer = await SendAsync(HttpMethod.Post, path, JsonSerializer.Serialize(body, bodyType));
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return (await answer.Content.ReadFromJsonAsync(type))!;
    }
}
