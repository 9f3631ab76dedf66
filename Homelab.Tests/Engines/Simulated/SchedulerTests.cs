using System.Net;
using Homelab.Domain.Models;
using Homelab.Engines.Simulated;
using Homelab.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>The rules by which models come and go.</summary>
public sealed class SchedulerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Load_takes_the_time_that_size_and_rate_say()
    {
        var time = new FakeTimeProvider();
        var settings = new SimulatedSettings { LoadRate = ByteSize.FromGibibytes(1), Models = [SimulatedModel.Create("a:1", ByteSize.FromGibibytes(6), embedding: false)] };
        using var scheduler = new SimulatedScheduler(settings, new NoFaults(), time);
        var load = scheduler.AcquireAsync(settings.Models[0], new LoadOptions(), null, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(5.9));
        Assert.False(load.IsCompleted);
        Assert.Empty(scheduler.ListAll());
        time.Advance(TimeSpan.FromSeconds(0.2));
        using var lease = await load.WaitAsync(Patience);
        Assert.Equal(["a:1"], scheduler.List().Select(r => r.Model.Name));
    }

    [Fact]
    public async Task Other_context_reloads_and_none_does_not()
    {
        await using var fake = await FakeOllama.StartAsync();
        await fake.LoadAsync("sim-small:3b", """,'options':{'num_ctx':2048}""".Replace('\'', '"'));
        await fake.PostAsync("/api/chat", """{"model":"sim-small:3b","messages":[{"role":"user","content":"hi"}],"stream":false,"options":{"num_ctx":2048}}""");
        Assert.Equal((1, 0), (fake.Counts.Loads, fake.Counts.Reloads));
        await fake.PostAsync("/v1/chat/completions", """{"model":"sim-small:3b","messages":[{"role":"user","content":"hi"}]}""");
        Assert.Equal((2, 1), (fake.Counts.Loads, fake.Counts.Reloads));
    }

    [Fact]
    public async Task Requests_without_a_context_share_what_was_loaded_without_one()
    {
        await using var fake = await FakeOllama.StartAsync();
        await fake.LoadAsync("sim-small:3b");
        await fake.PostAsync("/v1/chat/completions", """{"model":"sim-small:3b","messages":[{"role":"user","content":"hi"}]}""");
        Assert.Equal((1, 0), (fake.Counts.Loads, fake.Counts.Reloads));
    }

    [Fact]
    public async Task Derived_model_shares_the_weights_and_carries_its_context()
    {
        await using var fake = await FakeOllama.StartAsync();
        await fake.JsonAsync("/api/create", """{"model":"mine:8k","from":"sim-small:3b","parameters":{"num_ctx":8192},"stream":false}""");
        await fake.LoadAsync("mine:8k");
        await fake.PostAsync("/v1/chat/completions", """{"model":"mine:8k","messages":[{"role":"user","content":"hi"}]}""");
        var listed = Assert.Single(await fake.PsAsync());
        Assert.Equal(("mine:8k", 8192), (listed.GetProperty("name").GetString(), listed.GetProperty("context_length").GetInt32()));
        Assert.Equal(1, fake.Counts.Loads);
        await fake.LoadAsync("sim-small:3b");
        Assert.Equal((2, 1), (fake.Counts.Loads, fake.Counts.Reloads));
    }

    [Fact]
    public async Task No_room_evicts_the_idle_model_with_the_shortest_keep_alive()
    {
        await using var fake = await FakeOllama.StartAsync(s => s with { Memory = new ByteSize(16_000_000_000), DefaultContext = 64 });
        await fake.LoadAsync("sim-small:3b", ",\"keep_alive\":-1");
        await fake.LoadAsync("sim-chat:8b", ",\"keep_alive\":60");
        await fake.LoadAsync("sim-coder:14b");
        Assert.Equal(["sim-coder:14b", "sim-small:3b"], fake.Loaded);
        Assert.Equal(1, fake.Counts.Evictions);
    }

    [Fact]
    public async Task Model_in_use_is_evicted_only_after_its_last_request()
    {
        await using var fake = await FakeOllama.StartAsync(s => s with { Memory = new ByteSize(10_000_000_000), DefaultContext = 64 });
        var lease = await fake.HoldByOthersAsync("sim-chat:8b");
        var load = fake.LoadAsync("sim-coder:14b");
        await Ask.UntilAsync(() => fake.Server.State.Scheduler.Waiting != 0, "requests that wait for a load");

        Assert.False(load.IsCompleted);
        Assert.Equal(["sim-chat:8b"], fake.Loaded);
        lease.Dispose();
        Assert.Equal(HttpStatusCode.OK, (await load).Status);
        Assert.Equal(["sim-coder:14b"], fake.Loaded);
    }

    [Fact]
    public async Task Model_larger_than_the_device_fails_and_everything_else_is_gone()
    {
        await using var fake = await FakeOllama.StartAsync();
        await fake.LoadAsync("sim-small:3b");
        var (status, text) = await fake.LoadAsync("sim-large:70b");
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Contains("insufficient memory", text, StringComparison.Ordinal);
        Assert.Empty(fake.Loaded);
    }

    [Fact]
    public async Task Memory_held_by_others_is_not_there()
    {
        await using var fake = await FakeOllama.StartAsync(s => s with { Memory = ByteSize.FromGibibytes(8), DefaultContext = 64 });
        fake.ForeignMemory = ByteSize.FromGibibytes(6);
        Assert.Equal(HttpStatusCode.InternalServerError, (await fake.LoadAsync("sim-chat:8b")).Status);
        fake.ForeignMemory = ByteSize.Zero;
        Assert.Equal(HttpStatusCode.OK, (await fake.LoadAsync("sim-chat:8b")).Status);
    }

    [Fact]
    public async Task Same_load_asked_by_many_happens_once()
    {
        await using var fake = await FakeOllama.StartAsync();
        var hold = fake.Faults.HoldLoads();
        var loads = Enumerable.Range(0, 8).Select(_ => fake.LoadAsync("sim-chat:8b")).ToArray();
        await hold.Reached.WaitAsync(Patience);
        hold.Release();
        Assert.All(await Task.WhenAll(loads), l => Assert.Equal(HttpStatusCode.OK, l.Status));
        Assert.Equal((1, 1), (fake.Counts.Loads, fake.Faults.MostConcurrentLoads));
    }

    [Fact]
    public async Task Client_that_leaves_during_a_load_drops_it()
    {
        await using var fake = await FakeOllama.StartAsync();
        var hold = fake.Faults.HoldLoads();
        using var leaving = new CancellationTokenSource();
        var load = fake.LoadAsync("sim-chat:8b", "", leaving.Token);
        await hold.Reached.WaitAsync(Patience);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => load);
        await Ask.UntilAsync(() => fake.Counts.LoadsDropped != 0, "a dropped load");

        hold.Release();
        Assert.Empty(fake.Loaded);
        Assert.Equal(HttpStatusCode.OK, (await fake.LoadAsync("sim-chat:8b")).Status);
    }

    [Fact]
    public async Task Client_that_leaves_during_a_stream_frees_the_model()
    {
        await using var fake = await FakeOllama.StartAsync();
        var hold = fake.Faults.HoldTokensAt(3);
        using var leaving = new CancellationTokenSource();
        var chat = fake.PostAsync("/v1/chat/completions", """{"model":"sim-small:3b","stream":true,"messages":[{"role":"user","content":"hi"}]}""", leaving.Token);
        await hold.Reached.WaitAsync(Patience);
        Assert.Equal(1, fake.Server.State.Scheduler.ListAll()[0].References);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => chat);
        await Ask.UntilAsync(() => fake.Server.State.Scheduler.ListAll()[0].References == 0, "requests on the model");

        hold.Release();
        Assert.Equal(HttpStatusCode.OK, (await fake.LoadAsync("sim-small:3b", ",\"prompt\":\"x\"")).Status);
    }

    [Fact]
    public async Task Idle_model_goes_when_its_keep_alive_is_over()
    {
        var time = new FakeTimeProvider();
        await using var fake = await FakeOllama.StartAsync(time: time);
        await fake.LoadAsync("sim-small:3b", ",\"keep_alive\":\"10s\"");
        await fake.LoadAsync("sim-chat:8b", ",\"keep_alive\":-1");
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(["sim-chat:8b", "sim-small:3b"], fake.Loaded);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["sim-chat:8b"], fake.Loaded);
        Assert.Equal("2319", (await fake.PsAsync())[0].GetProperty("expires_at").GetString()![..4]);
    }

    [Fact]
    public async Task Openai_request_keeps_the_keep_alive_that_was_set_before()
    {
        var time = new FakeTimeProvider();
        await using var fake = await FakeOllama.StartAsync(time: time);
        await fake.LoadAsync("sim-small:3b", ",\"keep_alive\":-1");
        await fake.PostAsync("/v1/chat/completions", """{"model":"sim-small:3b","keep_alive":0,"messages":[{"role":"user","content":"hi"}]}""");
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["sim-small:3b"], fake.Loaded);
    }

    [Fact]
    public async Task Loaded_models_are_listed_with_the_one_that_expires_last_first()
    {
        await using var fake = await FakeOllama.StartAsync();
        await fake.LoadAsync("sim-small:3b", ",\"keep_alive\":60");
        await fake.LoadAsync("sim-chat:8b", ",\"keep_alive\":600");
        Assert.Equal(["sim-chat:8b", "sim-small:3b"], (await fake.PsAsync()).Select(m => m.GetProperty("name").GetString()!));
    }

    [Fact]
    public async Task Nothing_is_listed_while_a_model_loads_unless_set_otherwise()
    {
        foreach (var hides in (bool[])[true, false])
        {
            await using var fake = await FakeOllama.StartAsync(s => s with { ListsNothingWhileLoading = hides });
            await fake.LoadAsync("sim-small:3b");
            var hold = fake.Faults.HoldLoads();
            var load = fake.LoadAsync("sim-chat:8b");
            await hold.Reached.WaitAsync(Patience);
            Assert.Equal(hides ? 0 : 1, (await fake.PsAsync()).Length);
            hold.Release();
            await load;
        }
    }

    [Fact]
    public async Task Unloading_model_is_listed_until_its_memory_is_back()
    {
        var time = new FakeTimeProvider();
        await using var fake = await FakeOllama.StartAsync(s => s with { UnloadTime = TimeSpan.FromSeconds(2) }, time);
        await fake.LoadAsync("sim-small:3b");
        await fake.LoadAsync("sim-small:3b", ",\"keep_alive\":0");
        Assert.Single(await fake.PsAsync());
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Empty(await fake.PsAsync());
    }

    [Fact]
    public async Task More_generations_than_places_wait_for_one()
    {
        await using var fake = await FakeOllama.StartAsync(s => s with { Parallel = 1 });
        var hold = fake.Faults.HoldTokensAt(2);
        const string body = """{"model":"sim-small:3b","messages":[{"role":"user","content":"hi"}]}""";
        var first = fake.PostAsync("/v1/chat/completions", body);
        await hold.Reached.WaitAsync(Patience);
        var second = fake.PostAsync("/v1/chat/completions", body);
        await Ask.UntilAsync(() => fake.Server.State.Scheduler.ListAll()[0].References >= 2, "requests on the model");

        Assert.False(second.IsCompleted);
        hold.Release();
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        Assert.Equal(HttpStatusCode.OK, (await second).Status);
    }
}
