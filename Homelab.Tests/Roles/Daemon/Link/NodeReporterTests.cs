using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Domain.Models;
using Homelab.Roles.Daemon.Link;

namespace Homelab.Tests.Roles.Daemon.Link;

/// <summary>What a heartbeat says of the machine.</summary>
public sealed class NodeReporterTests
{
    private const string Model = "sim-small:3b";

    [Fact]
    public async Task A_replica_is_told_with_what_a_hub_places_by()
    {
        await using var daemon = await LinkedDaemon.StartAsync(["http://127.0.0.1:1"], listen: false);
        await daemon.Core.ChatAsync(Model);
        using var lease = (await daemon.Core.AskAsync(Model)).Lease;
        daemon.Core.Time.Advance(TimeSpan.FromSeconds(3));
        var beat = Report(daemon);

        var replica = Assert.Single(beat.Replicas);
        Assert.Equal((Model, "leased", 1, 4, 0), (replica.Model, replica.State, replica.Leases, replica.Capacity, replica.Waiting));
        Assert.True(replica.Bytes > 0 && replica.Bytes == replica.Allocation.Sum(a => a.Bytes));
        Assert.Equal("gpu0", Assert.Single(replica.Allocation).Device);
        Assert.Equal((0, Model), (replica.IdleSeconds, replica.EngineModel));
        lease!.Dispose();
        daemon.Core.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(("hot", 3), (Report(daemon).Replicas[0].State, Math.Round(Report(daemon).Replicas[0].IdleSeconds)));
    }

    [Fact]
    public async Task The_inventory_has_estimates_without_anything_being_loaded()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        await daemon.ConnectAsync(hub);
        var beat = Report(daemon, withInventory: true);

        Assert.Equal(["sim-chat:8b", "sim-coder:14b", "sim-embed:latest", "sim-large:70b", "sim-reason:30b", Model], beat.Inventory!.Select(m => m.Model));
        Assert.All(beat.Inventory!, m => Assert.True(m.MemoryBytes > m.SizeBytes && m.LoadSeconds > 0 && m.Digest.Length > 0 && m.Entry?.GetProperty("name").GetString() == m.Model, m.ToString()));
        Assert.True(beat.Inventory!.Single(m => m.Model == "sim-embed:latest").Embedder);
        Assert.Equal(0, daemon.Core.Fake.Counts.Loads);
        Assert.Equal(beat.InventoryDigest, Report(daemon).InventoryDigest);
    }

    [Fact]
    public async Task No_model_is_told_to_be_too_large_before_its_metadata_was_read()
    {
        await using var daemon = await LinkedDaemon.StartAsync(["http://127.0.0.1:1"], listen: false);
        var guess = Report(daemon, withInventory: true);
        Assert.Equal(guess.LargestBudgetBytes, guess.Inventory!.Single(m => m.Model == "sim-large:70b").MemoryBytes);

        await using var hub = await ScriptedHub.StartAsync();
        await using var read = await LinkedDaemon.StartAsync([hub.Url]);
        await read.ConnectAsync(hub);
        var known = Report(read, withInventory: true);
        Assert.True(known.LargestBudgetBytes < known.Inventory!.Single(m => m.Model == "sim-large:70b").MemoryBytes);
    }

    [Fact]
    public async Task The_digest_changes_with_what_is_installed_and_not_with_time_or_use()
    {
        await using var daemon = await LinkedDaemon.StartAsync(["http://127.0.0.1:1"], listen: false);
        await daemon.Core.ChatAsync(Model);
        var before = Report(daemon).InventoryDigest;
        using (var lease = (await daemon.Core.AskAsync(Model)).Lease)
        {
            daemon.Core.Time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(before, Report(daemon).InventoryDigest);
        }

        daemon.Core.Fake.Install("new:1b", ByteSize.FromMebibytes(900));
        await daemon.Core.LookAsync();
        Assert.NotEqual(before, Report(daemon).InventoryDigest);
    }

    [Fact]
    public async Task Devices_and_budget_are_told_and_labels_and_capabilities()
    {
        await using var daemon = await LinkedDaemon.StartAsync(["http://127.0.0.1:1"], listen: false);
        var beat = Report(daemon);

        var device = Assert.Single(beat.Devices);
        Assert.Equal(("gpu0", "cuda", 24L << 30, 512L << 20), (device.Name, device.Kind, device.TotalBytes, device.ReserveBytes));
        Assert.Equal((24L << 30) - (512L << 20), beat.LargestBudgetBytes);
        Assert.Equal("home", beat.Labels!["site"]);
        Assert.Equal(["load", "unload", "pull", "delete", "cancel", "fit", "infra_roots", "infra_list", "infra_read"], beat.Capabilities);
        Assert.Equal((ClusterProtocol.Version, "up", false), (beat.Protocol, beat.Engine.State, beat.Engine.Simulated));
    }

    [Theory]
    [InlineData("127.0.0.1:42420", null, false, "http://127.0.0.1:11434", true, null, null)]
    [InlineData("0.0.0.0:42420", null, false, "http://127.0.0.1:11434", false, null, null)]
    [InlineData("0.0.0.0:42420", "http://tower.lan:42420", true, "http://127.0.0.1:11434", false, "http://tower.lan:42420", "http://tower.lan:11434")]
    [InlineData("0.0.0.0:42420", null, true, "http://127.0.0.1:11434", false, null, "http://0.0.0.0:11434")]
    [InlineData("0.0.0.0:42420", null, true, "http://192.168.1.20:11434", false, null, "http://192.168.1.20:11434")]
    public async Task Addresses_are_told_as_configured(string listen, string? advertise, bool expose, string engine, bool loopbackOnly, string? address, string? exposed)
    {
        await using var daemon = await LinkedDaemon.StartAsync(["http://127.0.0.1:1"], listen: false);
        var config = new DaemonConfig { Listen = [listen], Advertise = advertise };
        config.Engines.Ollama.Expose = expose;
        config.Engines.Ollama.Url = engine;
        var beat = Report(daemon, config: config);

        Assert.Equal((loopbackOnly, address, exposed), (beat.LoopbackOnly, beat.Address, beat.EngineExposed));
    }

    [Fact]
    public async Task Names_that_share_a_replica_are_all_told_and_its_memory_once()
    {
        await using var daemon = await LinkedDaemon.StartAsync(["http://127.0.0.1:1"], listen: false);
        daemon.Core.Fake.Server.State.Library.Install(daemon.Core.Fake.Server.State.Library.Find(Model)! with { Name = "copy:latest" });
        await daemon.Core.LookAsync();
        await daemon.Core.ChatAsync(Model);
        var beat = Report(daemon, withInventory: true);

        Assert.Equal(["copy:latest", Model], beat.Replicas.Select(r => r.Model).Order(StringComparer.Ordinal));
        Assert.Single(beat.Replicas, r => r.Bytes > 0);
        Assert.Contains(beat.Inventory!, m => m.Model == "copy:latest");
    }

    [Fact]
    public void An_inventory_too_large_for_a_heartbeat_goes_without_the_engines_own_entries()
    {
        using var entry = System.Text.Json.JsonDocument.Parse($$"""{ "x": "{{new string('x', 2000)}}" }""");
        var many = Enumerable.Range(0, 1000).Select(i => new InventoryModelWire($"m{i}:latest", "d", 1, 1, 1, Entry: entry.RootElement)).ToList();

        Assert.All(NodeInventoryReading.Bounded(many), m => Assert.Null(m.Entry));
        Assert.All(NodeInventoryReading.Bounded([.. many.Take(10)]), m => Assert.NotNull(m.Entry));
    }

    private static HeartbeatWire Report(LinkedDaemon daemon, bool withInventory = false, DaemonConfig? config = null) =>
        new NodeReporter(daemon.Core.Parts, daemon.Facts, config ?? new DaemonConfig(), daemon.Rates, "boot") { Port = 42420 }
            .Report(new BeatTerms(1, TimeSpan.Zero, 0, "key", withInventory, []));
}
