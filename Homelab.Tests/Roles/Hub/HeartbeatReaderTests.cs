using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Contracts;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Roles.Hub;

namespace Homelab.Tests.Roles.Hub;

/// <summary>Nothing absurd gets past the reader of heartbeats, and what it refuses it names.</summary>
public sealed class HeartbeatReaderTests
{
    private const string Whole = """
        {
          "protocol": 1, "node_id": "n1", "boot_id": "b1", "sequence": 7, "name": "tower", "version": "1.2.3", "state": "live", "hold_seconds": 5, "port": 42420, "loopback_only": false,
          "access_key": "hl_hub_abcdefgh_secret", "engine": { "name": "ollama", "version": "0.30", "state": "up", "url": null, "simulated": false, "managed": true },
          "devices": [ { "name": "gpu0", "kind": "cuda", "total_bytes": 25769803776, "free_bytes": 1, "used_by_models_bytes": 1, "used_by_others_bytes": 1073741824, "reserve_bytes": 536870912 } ],
          "largest_budget_bytes": 25769803776, "queue_depth": 2, "inventory_digest": "d1", "labels": { "site": "home" }, "capabilities": [ "load" ],
          "replicas": [ { "model": "qwen3:8b", "state": "leased", "bytes": 6442450944, "allocation": [ { "device": "gpu0", "bytes": 6442450944 } ], "leases": 1, "capacity": 4, "idle_seconds": 3, "kept_seconds": 4,
            "reload_seconds": 5, "uses_per_second": 0.5, "engine_model": "qwen3:8b-homelab", "service_seconds": 2.5, "prefill_tokens_per_second": 900, "decode_tokens_per_second": 50 } ],
          "inventory": [ { "model": "qwen3:8b", "digest": "d", "size_bytes": 5, "memory_bytes": 6, "load_seconds": 7, "aliases": [ "chat" ], "failure": { "reason": "out of memory", "attempts": 2, "retry_seconds": 30 }, "entry": { "name": "qwen3:8b" } } ],
          "results": [ { "id": "c1", "status": "failed", "code": "load_failed", "message": "no" } ]
        }
        """;

    private static readonly TimeSpan Now = TimeSpan.FromHours(1);

    [Fact]
    public void A_whole_heartbeat_is_read_in_the_hubs_own_time()
    {
        var report = Read(Parse())!;

        Assert.Equal(("n1", "b1", 7L, "tower", "http://192.168.1.20:42420", true), (report.NodeId, report.BootId, report.Sequence, report.Name, report.Address, report.EngineUp));
        var device = Assert.Single(report.Devices);
        Assert.Equal((DeviceKind.Cuda, 1L << 30), (device.Kind, device.UsedByOthers.Bytes));
        var replica = Assert.Single(report.Replicas);
        Assert.Equal((ModelState.Leased, Now - TimeSpan.FromSeconds(3), Now + TimeSpan.FromSeconds(4), "qwen3:8b-homelab"), (replica.State, replica.LastUsed, replica.KeptUntil, replica.EngineModel));
        Assert.Equal(TimeSpan.FromSeconds(2.5), replica.ServiceTime);
        var model = Assert.Single(report.Inventory!.Models.Values);
        Assert.Equal((Now + TimeSpan.FromSeconds(30), 2, """{"name":"qwen3:8b"}"""), (model.Failure!.RetryAt, model.Failure.Attempts, model.EngineEntry));
        Assert.Equal(("c1", CommandStatus.Failed), (report.Results[0].Id, report.Results[0].Status));
    }

    [Theory]
    [InlineData("protocol")]
    [InlineData("node_id")]
    [InlineData("boot_id")]
    [InlineData("sequence")]
    [InlineData("name")]
    [InlineData("version")]
    [InlineData("state")]
    [InlineData("access_key")]
    [InlineData("engine")]
    [InlineData("engine.name")]
    [InlineData("devices")]
    [InlineData("devices.0.name")]
    [InlineData("replicas")]
    [InlineData("replicas.0.model")]
    [InlineData("replicas.0.state")]
    [InlineData("replicas.0.allocation.0.device")]
    [InlineData("inventory_digest")]
    [InlineData("inventory.0.model")]
    [InlineData("results.0.id")]
    [InlineData("results.0.status")]
    public void A_field_that_is_missing_is_named(string path)
    {
        var problem = ProblemOf(Change(path, null, remove: true));

        Assert.StartsWith(path.Replace(".0", "", StringComparison.Ordinal).Replace("engine.name", "engine", StringComparison.Ordinal).Replace("allocation.device", "allocation", StringComparison.Ordinal) + " ", problem);
    }

    [Theory]
    [InlineData("protocol")]
    [InlineData("sequence")]
    [InlineData("hold_seconds")]
    [InlineData("port")]
    [InlineData("loopback_only")]
    [InlineData("devices.0.total_bytes")]
    [InlineData("devices.0.used_by_others_bytes")]
    [InlineData("replicas.0.bytes")]
    [InlineData("replicas.0.leases")]
    [InlineData("replicas.0.capacity")]
    [InlineData("replicas.0.allocation.0.bytes")]
    [InlineData("inventory.0.size_bytes")]
    [InlineData("inventory.0.load_seconds")]
    [InlineData("inventory.0.failure.attempts")]
    public void A_number_that_is_missing_is_no_zero(string path)
    {
        var json = JsonNode.Parse(Whole)!;
        HeartbeatJson.Read(Encoding.UTF8.GetBytes(json.ToJsonString()), out var none);
        Assert.Null(none);
        var parts = path.Split('.');
        parts[..^1].Aggregate(json, (at, part) => int.TryParse(part, out var index) ? at[index]! : at[part]!).AsObject().Remove(parts[^1]);

        Assert.Equal("n1", HeartbeatJson.Read(Encoding.UTF8.GetBytes(json.ToJsonString()), out var missing).NodeId);
        Assert.Equal(path.Replace(".0", "", StringComparison.Ordinal), missing);
    }

    [Theory]
    [InlineData("node_id")]
    [InlineData("access_key")]
    [InlineData("engine")]
    [InlineData("devices")]
    [InlineData("devices.0")]
    [InlineData("replicas")]
    [InlineData("replicas.0")]
    [InlineData("replicas.0.model")]
    [InlineData("replicas.0.allocation.0")]
    [InlineData("inventory.0")]
    [InlineData("inventory.0.model")]
    [InlineData("results.0")]
    [InlineData("labels.site")]
    public void A_null_is_as_good_as_missing(string path) =>
        Assert.StartsWith(path.Split('.')[0], ProblemOf(Change(path, null)));

    [Theory]
    [InlineData("sequence", -1)]
    [InlineData("sequence", 0)]
    [InlineData("protocol", 0)]
    [InlineData("port", 70000)]
    [InlineData("port", -1)]
    [InlineData("hold_seconds", -1)]
    [InlineData("largest_budget_bytes", -1)]
    [InlineData("largest_budget_bytes", 1_000_000_000_000_000_000)]
    [InlineData("queue_depth", -1)]
    [InlineData("queue_depth", 2_000_000_000)]
    [InlineData("devices.0.total_bytes", -1)]
    [InlineData("devices.0.total_bytes", 1_000_000_000_000_000_000)]
    [InlineData("devices.0.used_by_others_bytes", -5)]
    [InlineData("devices.0.reserve_bytes", long.MinValue)]
    [InlineData("replicas.0.bytes", -1)]
    [InlineData("replicas.0.bytes", long.MaxValue)]
    [InlineData("replicas.0.allocation.0.bytes", -1)]
    [InlineData("replicas.0.leases", -1)]
    [InlineData("replicas.0.capacity", -4)]
    [InlineData("replicas.0.idle_seconds", -1)]
    [InlineData("replicas.0.uses_per_second", -1)]
    [InlineData("replicas.0.uses_per_second", 1e18)]
    [InlineData("replicas.0.service_seconds", -1)]
    [InlineData("replicas.0.prefill_tokens_per_second", 0)]
    [InlineData("replicas.0.decode_tokens_per_second", -3)]
    [InlineData("replicas.0.context", -3)]
    [InlineData("inventory.0.size_bytes", -1)]
    [InlineData("inventory.0.memory_bytes", 1_000_000_000_000_000_000)]
    [InlineData("inventory.0.load_seconds", -1)]
    [InlineData("inventory.0.failure.attempts", -1)]
    [InlineData("inventory.0.failure.retry_seconds", -1)]
    [InlineData("inventory.0.context", 0)]
    public void An_absurd_figure_is_named(string path, double figure)
    {
        var value = figure == Math.Floor(figure) && Math.Abs(figure) < 1e19 && figure is not 1e18 ? JsonNode.Parse(((decimal)figure >= long.MaxValue ? long.MaxValue : (long)figure).ToString(System.Globalization.CultureInfo.InvariantCulture)) : JsonValue.Create(1_000_000_000_000_000_000);

        Assert.StartsWith(path.Replace(".0", "", StringComparison.Ordinal) + " ", ProblemOf(Change(path, value)));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_figure_that_is_no_number_is_refused(double figure)
    {
        var wire = Parse();
        Assert.StartsWith("hold_seconds ", ProblemOf(wire with { HoldSeconds = figure }));
        Assert.StartsWith("replicas.uses_per_second ", ProblemOf(wire with { Replicas = [wire.Replicas[0] with { UsesPerSecond = figure }] }));
        Assert.StartsWith("replicas.idle_seconds ", ProblemOf(wire with { Replicas = [wire.Replicas[0] with { IdleSeconds = figure }] }));
        Assert.StartsWith("replicas.prefill_tokens_per_second ", ProblemOf(wire with { Replicas = [wire.Replicas[0] with { PrefillTokensPerSecond = figure }] }));
        Assert.StartsWith("inventory.load_seconds ", ProblemOf(wire with { Inventory = [wire.Inventory![0] with { LoadSeconds = figure }] }));
    }

    [Fact]
    public void A_list_beyond_its_bound_is_named()
    {
        var wire = Parse();
        Assert.StartsWith("devices ", ProblemOf(wire with { Devices = [.. Enumerable.Repeat(wire.Devices[0], 65)] }));
        Assert.StartsWith("replicas ", ProblemOf(wire with { Replicas = [.. Enumerable.Range(0, 1001).Select(i => wire.Replicas[0] with { Model = $"m{i}" })] }));
        Assert.StartsWith("inventory ", ProblemOf(wire with { Inventory = [.. Enumerable.Range(0, 10_001).Select(i => wire.Inventory![0] with { Model = $"m{i}" })] }));
        Assert.StartsWith("results ", ProblemOf(wire with { Results = [.. Enumerable.Repeat(wire.Results![0], 10_001)] }));
        Assert.StartsWith("labels ", ProblemOf(wire with { Labels = Enumerable.Range(0, 65).ToDictionary(i => $"l{i}", i => "x") }));
        Assert.StartsWith("name ", ProblemOf(wire with { Name = new string('x', 257) }));
        Assert.StartsWith("replicas.allocation ", ProblemOf(wire with { Replicas = [wire.Replicas[0] with { Allocation = [.. Enumerable.Repeat(new AllocationWire("gpu0", 1), 65)] }] }));
    }

    [Fact]
    public void Parts_of_an_allocation_are_within_bounds_together()
    {
        var wire = Parse();
        Assert.StartsWith("replicas.allocation ", ProblemOf(wire with { Replicas = [wire.Replicas[0] with { Allocation = [new AllocationWire("gpu0", 1L << 53), new AllocationWire("gpu1", 1L << 53)] }] }));
    }

    [Fact]
    public void A_model_that_is_named_twice_is_refused()
    {
        var wire = Parse();
        Assert.StartsWith("replicas ", ProblemOf(wire with { Replicas = [wire.Replicas[0], wire.Replicas[0] with { Model = "QWEN3:8b" }] }));
        Assert.StartsWith("inventory ", ProblemOf(wire with { Inventory = [wire.Inventory![0] with { Model = "a" }, wire.Inventory[0] with { Model = "a:latest" }] }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a\u0000b")]
    [InlineData("-")]
    public void A_name_that_no_model_has_is_refused(string name)
    {
        var wire = Parse();
        if (ModelName.TryParse(name, out _))
        {
            return;
        }

        Assert.StartsWith("replicas.model ", ProblemOf(wire with { Replicas = [wire.Replicas[0] with { Model = name }] }));
        Assert.StartsWith("inventory.model ", ProblemOf(wire with { Inventory = [wire.Inventory![0] with { Model = name }] }));
    }

    [Theory]
    [InlineData("with a blank")]
    [InlineData("line\r\nX-Injected: 1")]
    [InlineData("schlüssel")]
    public void An_access_key_that_cannot_stand_in_a_header_is_refused(string key) =>
        Assert.StartsWith("access_key ", ProblemOf(Parse() with { AccessKey = key }));

    [Fact]
    public void Control_characters_do_not_get_into_names_and_messages()
    {
        var wire = Parse();
        var report = Read(wire with
        {
            Name = "to\u001b[31mwer\n2",
            Version = "1\u0007",
            Engine = wire.Engine with { Problem = "bad\u202Egnp" },
            Results = [wire.Results![0] with { Message = "line\r\nline" }],
        })!;

        Assert.Equal(("to?[31mwer 2", "1?", "bad?gnp", "line  line"), (report.Name, report.Version, report.EngineProblem, report.Results[0].Message));
    }

    [Fact]
    public void Fields_of_later_versions_are_accepted()
    {
        var json = JsonNode.Parse(Whole)!.AsObject();
        json["flux_capacity"] = new JsonObject { ["a"] = 1 };
        json["devices"]![0]!["colour"] = "red";
        json["devices"]![0]!["kind"] = "tpu";
        json["protocol"] = 9;

        Assert.Equal(DeviceKind.Vulkan, Assert.Single(Read(Parse(json))!.Devices).Kind);
    }

    [Theory]
    [InlineData("https://tower.example.org:8443/ignored?x=1", "192.168.1.20", false, "https://tower.example.org:8443")]
    [InlineData(null, "192.168.1.20", false, "http://192.168.1.20:42420")]
    [InlineData(null, "::ffff:192.168.1.20", false, "http://192.168.1.20:42420")]
    [InlineData(null, "fd00::5", false, "http://[fd00::5]:42420")]
    [InlineData(null, "192.168.1.20", true, null)]
    [InlineData(null, "127.0.0.1", true, "http://127.0.0.1:42420")]
    [InlineData(null, "::1", true, "http://[::1]:42420")]
    [InlineData("", "127.0.0.1", true, "http://127.0.0.1:42420")]
    public void The_address_is_as_told_else_where_it_came_from(string? told, string remote, bool loopbackOnly, string? expected)
    {
        var report = HeartbeatReader.Read(Parse() with { Address = told, LoopbackOnly = loopbackOnly }, IPAddress.Parse(remote), Now, out var problem);

        Assert.Null(problem);
        Assert.Equal(expected, report!.Address);
    }

    [Theory]
    [InlineData("ftp://tower")]
    [InlineData("tower:42420")]
    [InlineData("http://user:secret@tower")]
    [InlineData("file:///etc/passwd")]
    [InlineData("not an address")]
    public void An_address_that_leads_nowhere_is_named(string told)
    {
        Assert.StartsWith("address ", ProblemOf(Parse() with { Address = told }));
        Assert.StartsWith("engine_exposed ", ProblemOf(Parse() with { EngineExposed = told }));
    }

    [Fact]
    public void A_node_without_a_port_is_reached_nowhere() => Assert.Null(Read(Parse() with { Port = 0 })!.Address);

    private static HeartbeatWire Parse(JsonNode? json = null) => JsonSerializer.Deserialize((json ?? JsonNode.Parse(Whole)!).ToJsonString(), ContractsJson.Default.HeartbeatWire)!;

    private static HeartbeatReport? Read(HeartbeatWire wire) => HeartbeatReader.Read(wire, IPAddress.Parse("192.168.1.20"), Now, out _);

    private static string ProblemOf(HeartbeatWire wire)
    {
        Assert.Null(HeartbeatReader.Read(wire, IPAddress.Parse("192.168.1.20"), Now, out var problem));
        return problem ?? "none";
    }

    private static HeartbeatWire Change(string path, JsonNode? value, bool remove = false)
    {
        var json = JsonNode.Parse(Whole)!;
        var parts = path.Split('.');
        var at = json;
        foreach (var part in parts[..^1])
        {
            at = int.TryParse(part, out var index) ? at[index]! : at[part]!;
        }

        if (int.TryParse(parts[^1], out var last))
        {
            at[last] = value;
        }
        else if (remove)
        {
            at.AsObject().Remove(parts[^1]);
        }
        else
        {
            at[parts[^1]] = value;
        }

        return Parse(json);
    }
}
