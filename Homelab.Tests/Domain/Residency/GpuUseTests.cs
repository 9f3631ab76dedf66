using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>An engine that does not use the GPU there is.</summary>
public sealed class GpuUseTests
{
    private static readonly ImmutableArray<DeviceReading> Machine = [Reading("gpu0", DeviceKind.Cuda, 8), Reading("ram", DeviceKind.Ram, 64)];

    [Fact]
    public void Engine_that_puts_a_model_into_main_memory_although_the_gpu_had_room_is_planned_for_main_memory()
    {
        var node = Node(Machine).Installed("small", 4).Installed("large", 30).Started();
        Holds(node, "small", 4, onGpu: 0);
        node.Observe();
        node.Probe();

        Assert.Equal(["ram"], node.Snapshot.Devices.Keys);
        Assert.Equal(["engine.gpus_ignored"], node.Announcements.Select(a => a.Type).Where(t => t.StartsWith("engine.gpus", StringComparison.Ordinal)));
        node.Ask("large");
        Assert.Equal("ram", Assert.Single(Assert.Single(node.Loads).Allocation).Device);
    }

    [Fact]
    public void Engine_that_uses_the_gpu_after_all_is_planned_for_it_again()
    {
        var node = Node(Machine).Installed("small", 4).Started();
        Holds(node, "small", 4, onGpu: 0);
        node.Observe();
        node.Probe();
        Holds(node, "small", 4, onGpu: 4);
        node.Observe();
        node.Probe();

        Assert.Equal(["gpu0", "ram"], node.Snapshot.Devices.Keys);
        Assert.Equal("engine.gpus_used", node.Announcements.Last(a => a.Type.StartsWith("engine.gpus", StringComparison.Ordinal)).Type);
    }

    [Fact]
    public void Gpu_of_another_maker_counts_once_the_engine_was_seen_to_use_it()
    {
        var node = Node([Reading("amd0", DeviceKind.Rocm, 16), Reading("ram", DeviceKind.Ram, 64)]).Installed("small", 4).Started();
        Assert.Equal(["ram"], node.Snapshot.Devices.Keys);

        Holds(node, "small", 4, onGpu: 4);
        node.Observe();
        node.Probe();
        Assert.Equal(["amd0", "ram"], node.Snapshot.Devices.Keys);
    }

    [Fact]
    public void Model_that_the_gpu_had_no_room_for_proves_nothing()
    {
        var node = Node(Machine).Installed("large", 30).Started();
        Holds(node, "large", 30, onGpu: 0);
        node.Observe();
        node.Probe();

        Assert.Equal(["gpu0", "ram"], node.Snapshot.Devices.Keys);
    }

    [Fact]
    public void Gpu_that_is_declared_is_the_users_word()
    {
        var node = Node([Reading("gpu0", DeviceKind.Cuda, 8) with { Free = null }, Reading("ram", DeviceKind.Ram, 64) with { Free = null }]).Installed("small", 4).Started();
        Holds(node, "small", 4, onGpu: 0);
        node.Observe();
        node.Probe();

        Assert.Equal(["gpu0", "ram"], node.Snapshot.Devices.Keys);
        Assert.DoesNotContain(node.Announcements, a => a.Type.StartsWith("engine.gpus", StringComparison.Ordinal));
    }

    private static Scheduler Node(ImmutableArray<DeviceReading> devices) => new() { Devices = devices };

    private static DeviceReading Reading(string name, DeviceKind kind, long gibibytes) => new(name, kind, ByteSize.FromGibibytes(gibibytes), ByteSize.FromGibibytes(gibibytes));

    private static void Holds(Scheduler node, string model, long gibibytes, long onGpu) =>
        node.Memory[Scheduler.Name(model)] = new LoadedModel(Scheduler.Name(model), ByteSize.FromGibibytes(gibibytes), ByteSize.FromGibibytes(onGpu), 4096, false);
}
