using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Homelab.Contracts;

namespace Homelab.Tests.Contracts;

/// <summary>The exact JSON of the control API: names and shapes that scripts and dashboards rely on.</summary>
public sealed class ControlWireTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Status_of_a_lone_daemon_leaves_the_hub_out() => AssertJson(
        new StatusWire("daemon", "1.2.3", "tower", 12.5, null, 1, 2, 3, 4, new EngineWire("ollama", "0.32.15", "up", "http://127.0.0.1:11434", false, true)),
        ContractsJson.Default.StatusWire,
        """{"role":"daemon","version":"1.2.3","node":"tower","uptime_seconds":12.5,"nodes_live":1,"models_hot":2,"leases":3,"queue_depth":4,"engine":{"name":"ollama","version":"0.32.15","state":"up","url":"http://127.0.0.1:11434","simulated":false,"managed":true}}""");

    [Fact]
    public void Status_names_the_hub_and_the_engines_problem_where_there_are_any() => AssertJson(
        new StatusWire("daemon", "1.2.3", "tower", 1, new HubLinkWire("http://10.0.0.1:42421", "connected"), 2, 0, 0, 0, new EngineWire("ollama", null, "down", null, false, false, "refused"), true, ["w"]),
        ContractsJson.Default.StatusWire,
        """{"role":"daemon","version":"1.2.3","node":"tower","uptime_seconds":1,"hub":{"url":"http://10.0.0.1:42421","state":"connected"},"nodes_live":2,"models_hot":0,"leases":0,"queue_depth":0,"engine":{"name":"ollama","state":"down","simulated":false,"managed":false,"problem":"refused"},"draining":true,"warnings":["w"]}""");

    [Fact]
    public void Nodes_carry_devices_replicas_and_labels() => AssertJson(
        [
            new NodeWire(
                "n-1", "tower", "live", "http://127.0.0.1:42420", ["ollama"],
                [new DeviceWire("ram", "ram", 100, 40, 50, 10)],
                [new ReplicaWire("qwen3:8b", "hot", 50, 0, At)],
                0,
                new Dictionary<string, string> { ["site"] = "home" }),
        ],
        ContractsJson.Default.IReadOnlyListNodeWire,
        """[{"id":"n-1","name":"tower","state":"live","address":"http://127.0.0.1:42420","engines":["ollama"],"devices":[{"name":"ram","kind":"ram","total_bytes":100,"free_bytes":40,"used_by_models_bytes":50,"used_by_others_bytes":10}],"replicas":[{"model":"qwen3:8b","state":"hot","bytes":50,"leases":0,"last_used":"2026-01-02T03:04:05+00:00"}],"heartbeat_age_seconds":0,"labels":{"site":"home"}}]""");

    [Fact]
    public void Models_carry_nodes_aliases_and_failures() => AssertJson(
        [new ModelWire("qwen3:8b", "failed", 5, [new ModelNodeWire("n-1", "failed", 0)], ["chat"], true, false, 16384, false, new ModelFailureWire("broken", 2, 30))],
        ContractsJson.Default.IReadOnlyListModelWire,
        """[{"name":"qwen3:8b","state":"failed","size_bytes":5,"nodes":[{"id":"n-1","state":"failed","bytes":0}],"aliases":["chat"],"pinned":true,"protected":false,"context":16384,"simulated":false,"failure":{"reason":"broken","attempts":2,"retry_seconds":30}}]""");

    [Fact]
    public void Commands_and_results_are_small()
    {
        AssertJson(new ModelCommandWire("qwen3:8b"), ContractsJson.Default.ModelCommandWire, """{"model":"qwen3:8b"}""");
        AssertJson(
            new ModelCommandResultWire("qwen3:8b", "tower", "hot", 5, 1.5),
            ContractsJson.Default.ModelCommandResultWire,
            """{"model":"qwen3:8b","node":"tower","state":"hot","bytes":5,"elapsed_seconds":1.5}""");
    }

    [Fact]
    public void Progress_ends_with_a_result_or_an_error()
    {
        AssertJson(
            new ProgressWire("pulling", "pulling 0123", 10, 20, 0.5, 3),
            ContractsJson.Default.ProgressWire,
            """{"phase":"pulling","status":"pulling 0123","completed_bytes":10,"total_bytes":20,"fraction":0.5,"remaining_seconds":3,"done":false}""");
        AssertJson(
            new ProgressWire("done", Done: true, Error: new ErrorDetailWire("no", "api_error", null, "load_failed")),
            ContractsJson.Default.ProgressWire,
            """{"phase":"done","done":true,"error":{"message":"no","type":"api_error","code":"load_failed"}}""");
    }

    [Fact]
    public void Explain_shows_every_term() => AssertJson(
        new ExplainWire(
            "a:latest", "chat", "evict_then_load", "b is idle", "n-1",
            new EstimateWire(100, 20, 3, 2, 1.1, 138, "metadata", 4096, 2),
            [new CandidateWire("n-1", "tower", "evict_then_load", "room", new CostWire(0, 2, 0.5, null, 2.5), [new AllocationWire("gpu0", 138)], [new VictimWire("b:latest", 9, 4)])]),
        ContractsJson.Default.ExplainWire,
        """{"model":"a:latest","asked":"chat","decision":"evict_then_load","why":"b is idle","chosen":"n-1","estimate":{"weights_bytes":100,"kv_cache_bytes":20,"compute_bytes":3,"overhead_bytes":2,"correction":1.1,"total_bytes":138,"basis":"metadata","context":4096,"parallel":2},"candidates":[{"node":"n-1","name":"tower","decision":"evict_then_load","why":"room","cost":{"queue_seconds":0,"load_seconds":2,"eviction_seconds":0.5,"total_seconds":2.5},"allocation":[{"device":"gpu0","bytes":138}],"victims":[{"model":"b:latest","bytes":9,"reload_seconds":4}]}]}""");

    [Fact]
    public void Events_keep_the_names_of_their_facts() => AssertJson(
        new EventWire(7, At, "model.loaded", "tower", "a:latest", "a:latest is loaded", new SortedDictionary<string, string> { ["load_seconds"] = "1.5" }),
        ContractsJson.Default.EventWire,
        """{"id":7,"at":"2026-01-02T03:04:05+00:00","type":"model.loaded","node":"tower","model":"a:latest","message":"a:latest is loaded","data":{"load_seconds":"1.5"}}""");

    [Fact]
    public void Usage_is_by_key_model_and_node() => AssertJson(
        new UsageWire(At, [new UsageRowWire("n8n", "a:latest", "tower", 3, 1, 200, 100)]),
        ContractsJson.Default.UsageWire,
        """{"since":"2026-01-02T03:04:05+00:00","rows":[{"key":"n8n","model":"a:latest","node":"tower","requests":3,"failed":1,"prompt_tokens":200,"completion_tokens":100}]}""");

    [Fact]
    public void Unknown_fields_of_a_newer_server_are_ignored()
    {
        var status = JsonSerializer.Deserialize(
            """{"role":"daemon","version":"9","uptime_seconds":1,"nodes_live":1,"models_hot":0,"leases":0,"queue_depth":0,"later":{"a":[1]}}""",
            ContractsJson.Default.StatusWire);
        Assert.Equal("9", status?.Version);
        Assert.Null(status?.Engine);
    }

    [Fact]
    public void What_machines_say_to_each_other_shows_no_secret_as_text()
    {
        object[] all =
        [
            new JoinWire("the-secret", "n1", "tower", "1"),
            new JoinedWire("n1", "tower", "the-secret", 1),
            new HeartbeatWire(1, "n1", "boot", 1, "tower", "1", "live", 0, 1, false, "the-secret", new EngineWire("ollama", null, "up", null, false, true), [], [], "digest"),
        ];

        Assert.All(all, wire => Assert.DoesNotContain("the-secret", wire.ToString(), StringComparison.Ordinal));
        Assert.All(all, wire => Assert.Contains("n1", wire.ToString(), StringComparison.Ordinal));
    }

    private static void AssertJson<T>(T value, JsonTypeInfo<T> type, string expected)
    {
        var json = JsonSerializer.Serialize(value, type);
        Assert.Equal(expected, json);
        Assert.Equal(expected, JsonSerializer.Serialize(JsonSerializer.Deserialize(json, type), type!));
    }
}
