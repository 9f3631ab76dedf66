using Homelab.Configuration;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Engines.Simulated;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>The simulation through the seam that the daemon uses.</summary>
public sealed class SimulatedEngineTests
{
    private static SimulatedConfig Config => new() { Enabled = true, LoadRate = ByteSize.Zero, TokensPerSecond = 0 };

    [Fact]
    public async Task Engine_before_its_start_says_so()
    {
        await using var engine = new SimulatedEngine(Config, TimeProvider.System);
        Assert.Null(engine.Endpoint);
        Assert.True(engine.IsSimulated);
        var error = await Assert.ThrowsAsync<EngineException>(() => engine.ObserveAsync(CancellationToken.None));
        Assert.Equal(LoadFailure.EngineDown, error.Kind);
    }

    [Fact]
    public async Task Default_models_are_listed_and_say_that_they_are_simulated()
    {
        await using var engine = new SimulatedEngine(Config, TimeProvider.System);
        await engine.StartAsync(CancellationToken.None);
        await engine.StartAsync(CancellationToken.None);
        var inventory = await engine.ObserveAsync(CancellationToken.None);
        Assert.Equal(6, inventory.Installed.Length);
        Assert.All(inventory.Installed, m => Assert.StartsWith("sim-", m.Name.Value, StringComparison.Ordinal));
        Assert.True(Assert.Single(inventory.Installed, m => m.Name.Value == "sim-embed:latest").IsEmbedder);
    }

    [Fact]
    public async Task Load_takes_memory_of_the_device_and_unload_gives_it_back()
    {
        await using var engine = new SimulatedEngine(Config, TimeProvider.System);
        await engine.StartAsync(CancellationToken.None);
        var device = Assert.Single(engine.ReadDevices());
        Assert.Equal((SimulatedEngine.Device, DeviceKind.Cuda, Config.Memory, (ByteSize?)Config.Memory), (device.Name, device.Kind, device.Total, device.Free));
        var name = await engine.PrepareAsync(ModelName.Parse("sim-chat:8b"), new LoadSettings(8192, 4), CancellationToken.None);
        await engine.LoadAsync(name, isEmbedder: false, CancellationToken.None);
        var loaded = Assert.Single((await engine.ObserveAsync(CancellationToken.None)).Loaded);
        Assert.Equal((ModelName.Parse("sim-chat:8b"), 8192), (loaded.Name, loaded.Context));
        Assert.Equal(Config.Memory - loaded.TotalBytes, Assert.Single(engine.ReadDevices()).Free);
        await engine.UnloadAsync(name, CancellationToken.None);
        Assert.Equal(Config.Memory, Assert.Single(engine.ReadDevices()).Free);
    }

    [Fact]
    public async Task Facts_of_a_model_can_be_read()
    {
        await using var engine = new SimulatedEngine(Config, TimeProvider.System);
        await engine.StartAsync(CancellationToken.None);
        var model = (await engine.ObserveAsync(CancellationToken.None)).Installed.First(m => m.Name.Value == "sim-chat:8b");
        var facts = await engine.InspectAsync(model, CancellationToken.None);
        Assert.Equal((32, 32, 131_072), (facts.BlockCount, facts.HeadCount, facts.TrainedContext));
        Assert.InRange(facts.WeightBytes.Bytes, 4_800_000_000, 5_000_000_000);
    }

    [Fact]
    public async Task Model_too_large_for_the_device_is_out_of_memory()
    {
        await using var engine = new SimulatedEngine(Config, TimeProvider.System);
        await engine.StartAsync(CancellationToken.None);
        var error = await Assert.ThrowsAsync<EngineException>(() => engine.LoadAsync("sim-large:70b", isEmbedder: false, CancellationToken.None));
        Assert.Equal(LoadFailure.OutOfMemory, error.Kind);
    }

    [Fact]
    public async Task Configured_models_replace_the_default_ones()
    {
        var config = Config;
        config.Models = [new SimulatedModelConfig { Name = "mine", Size = ByteSize.FromGibibytes(3) }, new SimulatedModelConfig { Name = "vectors:1", Embedding = true }];
        await using var engine = new SimulatedEngine(config, TimeProvider.System);
        await engine.StartAsync(CancellationToken.None);
        var inventory = await engine.ObserveAsync(CancellationToken.None);
        Assert.Equal(["mine:latest", "vectors:1"], inventory.Installed.Select(m => m.Name.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Pull_brings_a_model_from_the_catalogue()
    {
        var config = Config;
        config.Models = [new SimulatedModelConfig { Name = "mine", Size = ByteSize.FromGibibytes(3) }];
        await using var engine = new SimulatedEngine(config, TimeProvider.System);
        await engine.StartAsync(CancellationToken.None);
        var steps = new List<PullProgress>();
        await foreach (var step in engine.PullAsync(ModelName.Parse("sim-embed:latest"), CancellationToken.None))
        {
            steps.Add(step);
        }

        Assert.Equal("success", steps[^1].Status);
        Assert.Contains((await engine.ObserveAsync(CancellationToken.None)).Installed, m => m.Name.Value == "sim-embed:latest");
        await engine.DeleteAsync(ModelName.Parse("sim-embed:latest"), CancellationToken.None);
        Assert.Single((await engine.ObserveAsync(CancellationToken.None)).Installed);
    }
}
