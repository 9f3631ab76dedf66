using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Homelab.Contracts;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Roles.Hub;

/// <summary>A machine as a hub sees it: it joins and reports by the wire types, and has a client surface that does what the test says. It says only what it is told to.</summary>
internal sealed class ScriptedNode(HubFixture hub, string id) : IAsyncDisposable
{
    public const long Gibibyte = 1L << 30;

    private static readonly JsonElement Details = JsonDocument.Parse("""{"name":"as the engine says","digest":"d1","details":{"family":"qwen3"},"modified_at":"2030-01-02T03:04:05Z"}""").RootElement.Clone();

    private readonly CancellationTokenSource _ending = new();
    private readonly List<CommandResultWire> _results = [];
    private Task _serving = Task.CompletedTask;

    public string Id { get; } = id;

    public string Name { get; set; } = id;

    public string BootId { get; set; } = id + "-boot-1";

    public string AccessKey { get; set; } = "hl_hub_access01_secret-of-the-node-" + id;

    public string Credential { get; private set; } = "";

    public long Sequence { get; set; }

    public string State { get; set; } = "live";

    public bool EngineUp { get; set; } = true;

    public string? ExposedEngine { get; set; }

    public bool LoopbackOnly { get; set; }

    public string? Told { get; set; }

    public long Memory { get; set; } = 24 * Gibibyte;

    public Dictionary<string, string> Labels { get; } = [];

    public List<InventoryModelWire> Models { get; } = [];

    public List<HeartbeatReplicaWire> Replicas { get; } = [];

    /// <summary>Changed by hand where the list of models changes.</summary>
    public string Digest { get; set; } = "digest-1";

    /// <summary>Its daemon's client surface.</summary>
    public ScriptedUpstream Surface { get; } = new();

    /// <summary>Every command that was served by <see cref="ServeAsync"/> or seen in an answer.</summary>
    public List<HubCommandWire> Commands { get; } = [];

    /// <summary>What becomes of a command in <see cref="Serve"/>; null: a load succeeds at once.</summary>
    public Func<HubCommandWire, CommandResultWire?>? OnCommand { get; set; }

    /// <summary>A model on its disk.</summary>
    public ScriptedNode Has(string model, double gibibytes = 6, double loadSeconds = 5, string[]? aliases = null, bool protect = false, ModelFailureWire? failure = null)
    {
        Models.Add(new InventoryModelWire(model, "sha-" + model, (long)(gibibytes * Gibibyte), (long)(gibibytes * Gibibyte), loadSeconds, aliases, ["completion"], 8192, Protected: protect, Failure: failure, Entry: Details));
        return this;
    }

    /// <summary>The same in memory.</summary>
    public ScriptedNode Holds(string model, double gibibytes = 6, int leases = 0, int capacity = 4, string? engineModel = null, bool protect = false, string state = "hot")
    {
        if (!Models.Exists(m => m.Model == model))
        {
            Has(model, gibibytes, protect: protect);
        }

        Replicas.RemoveAll(r => r.Model == model);
        Replicas.Add(new HeartbeatReplicaWire(model, state, (long)(gibibytes * Gibibyte), [new AllocationWire("gpu0", (long)(gibibytes * Gibibyte))], leases, capacity, ReloadSeconds: 5, EngineModel: engineModel ?? model, Protected: protect, Context: 8192));
        return this;
    }

    public async Task JoinAsync(string? token = null)
    {
        Surface.Script = AnswerAsync;
        using var answer = await TryJoinAsync(token ?? await hub.JoinTokenAsync());
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var joined = (await answer.Content.ReadFromJsonAsync(ContractsJson.Default.JoinedWire))!;
        Credential = joined.Credential;
    }

    public Task<HttpResponseMessage> TryJoinAsync(string token) =>
        hub.SendAsync(HttpMethod.Post, ControlRoutes.Join, JsonSerializer.Serialize(new JoinWire(token, Id, Name, "1.2.3"), ContractsJson.Default.JoinWire));

    /// <summary>The next heartbeat, not sent.</summary>
    public HeartbeatWire Next(bool inventory = false, double hold = 0) => new(
        1, Id, BootId, ++Sequence, Name, "1.2.3", State, hold, Surface.Port, LoopbackOnly, AccessKey,
        new EngineWire("simulated", "1", EngineUp ? "up" : "down", null, true, true),
        [new DeviceWire("gpu0", "cuda", Memory, Memory, 0, 0, 0)],
        [.. Replicas],
        Digest,
        Address: Told,
        EngineExposed: ExposedEngine,
        LargestBudgetBytes: Memory,
        Inventory: inventory ? [.. Models] : null,
        Labels: Labels,
        Capabilities: ["load", "unload", "pull", "delete"],
        Results: [.. _results]);

    /// <summary>Sends a heartbeat as it is.</summary>
    public async Task<HttpResponseMessage> SendAsync(HeartbeatWire beat, string? credential = null, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub.Address, ControlRoutes.Heartbeat)) { Content = JsonContent.Create(beat, ContractsJson.Default.HeartbeatWire) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential ?? Credential);
        return await hub.Http.SendAsync(request, cancellation);
    }

    /// <summary>Sends the next heartbeat and reads its acknowledgement.</summary>
    public async Task<HeartbeatAckWire> BeatAsync(bool inventory = false, double hold = 0, CancellationToken cancellation = default)
    {
        var sent = Next(inventory, hold);
        using var answer = await SendAsync(sent, cancellation: cancellation).WaitAsync(HubFixture.Limit, TimeProvider.System, cancellation);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellation)}");
        var ack = (await answer.Content.ReadFromJsonAsync(ContractsJson.Default.HeartbeatAckWire, cancellation))!;
        foreach (var result in sent.Results ?? [])
        {
            _results.Remove(result);
        }

        return ack;
    }

    /// <summary>Reports until the hub knows everything.</summary>
    public async Task<HeartbeatAckWire> ReportAsync()
    {
        var ack = await BeatAsync();
        return ack.SendInventory ? await BeatAsync(inventory: true) : ack;
    }

    /// <summary>To be told with the next heartbeat.</summary>
    public void Result(CommandResultWire result) => _results.Add(result);

    /// <summary>Reports and obeys from now on, at once and by itself.</summary>
    public void Serve() => _serving = ServeOrTellAsync();

    public string Answer(string content = "hi") => $$$"""{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"{{{content}}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""";

    public Task AnswerAsync(UpstreamRequest request, UpstreamReply reply) =>
        request.Header("Authorization") == "Bearer " + AccessKey
            ? reply.AnswerAsync(200, "application/json", Answer(), $"x-homelab-route: node={Name}; tier=local-hot; engine=simulated; wait=0.000; load=0.000\r\n")
            : reply.AnswerAsync(401, "application/json", """{"error":{"message":"no","type":"authentication_error","code":"invalid_api_key"}}""", "x-homelab-refused: invalid_api_key\r\n");

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAny(_serving);
        await Surface.DisposeAsync();
        _ending.Dispose();
    }

    private async Task ServeOrTellAsync()
    {
        try
        {
            await ServeAsync();
        }
        catch (Exception fault) when (!_ending.IsCancellationRequested)
        {
            await hub.Log.WriteLineAsync($"the scripted node {Id} stopped: {fault}");
            throw;
        }
    }

    private async Task ServeAsync()
    {
        var inventory = false;
        while (!_ending.IsCancellationRequested)
        {
            var ack = await BeatAsync(inventory, hold: _results.Count > 0 ? 0 : 4, _ending.Token);
            inventory = ack.SendInventory;
            foreach (var command in ack.Commands ?? [])
            {
                if (Commands.Exists(c => c.Id == command.Id))
                {
                    continue;
                }

                Commands.Add(command);
                var result = OnCommand is null ? Loaded(command) : OnCommand(command);
                if (result is not null)
                {
                    _results.Add(result);
                }
            }
        }
    }

    /// <summary>A load that succeeds.</summary>
    public CommandResultWire Loaded(HubCommandWire command)
    {
        var model = Models.First(m => m.Model == command.Model);
        Holds(model.Model, (double)model.MemoryBytes / Gibibyte);
        return new CommandResultWire(command.Id, "done", Result: new ModelCommandResultWire(model.Model, Name, "hot", model.MemoryBytes, 1));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} at {Surface.Port}");
}
