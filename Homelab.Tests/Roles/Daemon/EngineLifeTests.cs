using Homelab.Configuration;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Roles.Daemon;

/// <summary>What an Ollama does behind the daemon's back, and what it fails at: seen by the daemon's parts together.</summary>
public sealed class EngineLifeTests
{
    private const string A = "a:8b";
    private const string B = "b:8b";

    [Fact]
    public async Task An_engine_that_crashes_and_comes_back_gets_its_pins_loaded_again_and_nothing_else()
    {
        await using var core = await StartAsync(new ModelConfig { Name = A, Pin = true });
        await core.UntilAsync(A, ModelState.Hot);
        await core.ChatAsync(B);

        await core.Fake.GoDownAsync();
        Assert.False(await core.LookAsync());
        Assert.False(core.Loop.Snapshot.EngineUp);
        var refused = (await core.AskAsync("nothing-like-it")).Refusal;
        Assert.Equal(RefusalReason.EngineDown, refused?.Reason);

        await core.Fake.ComeBackAsync();
        await core.LookAsync();
        await core.LookAsync();
        await core.UntilAsync("the pin is loaded again", _ => core.Fake.Loaded is [A]);
        await core.UntilAsync(A, ModelState.Hot);
        Assert.Equal(ModelState.OnDisk, core.StateOf(B));
        await core.ChatAsync(A);
        Assert.Equal(0, core.Loop.CountLeases());
    }

    [Fact]
    public async Task A_pinned_model_whose_runner_dies_is_loaded_again_without_anybody_asking()
    {
        await using var core = await StartAsync(new ModelConfig { Name = A, Pin = true });
        await core.UntilAsync(A, ModelState.Hot);

        core.Fake.KillRunner(A);
        await core.LookAsync();

        await core.UntilAsync("a second load is done", s => core.Fake.Counts.LoadsFinished == 2 && s.Models[ModelName.Parse(A)].State == ModelState.Hot);
        Assert.Contains(core.Events.Since(0), e => e.Type == AnnouncementTypes.ModelLost);
    }

    [Theory]
    [InlineData(200, "text/html", "<html>hello</html>")]
    [InlineData(200, "application/json", "{\"models\":7}")]
    [InlineData(500, "application/json", "{\"error\":\"no\"}")]
    [InlineData(200, "application/json", "{\"models\":[{")]
    public async Task An_engine_that_answers_garbage_is_down_with_a_reason_and_up_again_at_the_next_good_answer(int status, string type, string body)
    {
        await using var core = await StartAsync();
        core.Fake.Faults.AnswerNext("/api/ps", status, type, body);
        core.Fake.Faults.AnswerNext("/api/ps", status, type, body);
        core.Fake.Faults.AnswerNext("/api/ps", status, type, body);
        while (await core.LookAsync())
        {
            // A control call is tried again before it is given up.
        }

        Assert.False(string.IsNullOrEmpty(core.Loop.Snapshot.EngineProblem));
        while (!await core.LookAsync())
        {
            // What is left of the bad answers.
        }

        await core.ChatAsync(A);
        Assert.Equal(0, core.Loop.CountLeases());
    }

    [Fact]
    public async Task A_load_answered_with_500_is_refused_with_the_engines_words_leaks_no_lease_and_holds_up_no_other()
    {
        await using var core = await StartAsync();
        core.Fake.Faults.FailNextLoad("llama-server process has terminated: error loading model");

        var (lease, refusal) = await core.AskAsync(A);

        Assert.Null(lease);
        Assert.Equal(RefusalReason.LoadFailed, refusal?.Reason);
        Assert.Contains("error loading model", refusal!.Message, StringComparison.Ordinal);
        await core.ChatAsync(B);
        await core.PassAsync(TimeSpan.FromSeconds(6));
        await core.ChatAsync(A);
        Assert.Equal(0, core.Loop.CountLeases());
    }

    [Fact]
    public async Task Ollama_8006_a_client_that_leaves_during_a_load_does_not_end_it()
    {
        await using var core = await StartAsync();
        var hold = core.Fake.Faults.HoldLoads();
        using var impatient = new CancellationTokenSource();
        var request = core.AskAsync(A, impatient.Token);
        await hold.Reached;

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await core.SettleAsync();
        Assert.Empty(core.Loop.Snapshot.Waiters);
        hold.Release();
        await core.UntilAsync(A, ModelState.Hot);

        await core.ChatAsync(A);
        Assert.Equal((1, 0), (core.Fake.Counts.Loads, core.Fake.Counts.LoadsDropped));
    }

    [Fact]
    public async Task A_request_during_an_unload_gets_the_model_loaded_again()
    {
        await using var core = await StartAsync();
        await core.ChatAsync(A);
        var held = await core.Fake.HoldByOthersAsync(A);
        await core.Loop.PostAsync(new ResidencyEvent.UnloadWanted(ModelName.Parse(A)));
        await core.UntilAsync(A, ModelState.Unloading);

        var request = core.AskAsync(A);
        Assert.False(request.IsCompleted);
        held.Dispose();

        using var lease = (await request.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System)).Lease;
        Assert.Equal([A], core.Fake.Loaded);
        Assert.Equal(2, core.Fake.Counts.Loads);
    }

    [Fact]
    public async Task What_others_load_is_used_as_it_is_and_what_they_unload_is_loaded_again_on_demand()
    {
        await using var core = await StartAsync();
        await core.Fake.UseByOthersAsync(A);
        await core.LookAsync();
        await core.ChatAsync(A);
        Assert.Equal(1, core.Fake.Counts.Loads);

        core.Fake.UnloadByOthers(A);
        await core.LookAsync();
        Assert.Equal(ModelState.OnDisk, core.StateOf(A));
        await core.ChatAsync(A);
        Assert.Equal((2, 0), (core.Fake.Counts.Loads, core.Fake.Counts.Evictions));
    }

    [Fact]
    public async Task The_keep_alive_that_others_shorten_is_renewed_for_what_we_use_and_left_alone_for_what_is_theirs()
    {
        await using var core = await StartAsync();
        await core.ChatAsync(A);
        await core.Fake.UseByOthersAsync(A, keepAlive: TimeSpan.FromMinutes(5));
        await core.Fake.UseByOthersAsync(B, keepAlive: TimeSpan.FromMinutes(5));

        await core.LookAsync();
        await core.LookAsync();

        var left = core.Fake.Server.State.Scheduler.ListAll().ToDictionary(r => r.Model.Name, r => r.ExpiresAt - TimeProvider.System.GetUtcNow());
        Assert.True(left[A] > TimeSpan.FromMinutes(50), $"{left[A]}");
        Assert.True(left[B] < TimeSpan.FromMinutes(6), $"{left[B]}");
    }

    /// <summary>Eight clients on two models that do not fit together, the engine loading and unloading beneath them: whoever holds a lease finds its model there.</summary>
    [Fact]
    public async Task However_requests_and_evictions_race_a_leased_model_is_in_memory_and_every_lease_comes_back()
    {
        await using var core = await StartAsync();
        core.Fake.Install("wide:27b", ByteSize.FromGibibytes(15));
        await core.LookAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 15; i++)
            {
                var model = (client + i) % 3 == 0 ? "wide:27b" : (client + i) % 3 == 1 ? A : B;
                var (lease, refusal) = await core.AskAsync(model).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
                Assert.True(refusal is null, refusal?.Message);
                using (lease)
                {
                    Assert.Contains(model, core.Fake.Loaded);
                    await Task.Yield();
                    Assert.Contains(model, core.Fake.Loaded);
                }
            }
        })));

        await core.SettleAsync();
        Assert.Equal(0, core.Loop.CountLeases());
        Assert.Empty(core.Loop.Snapshot.Waiters);
        Assert.Equal((0, 0), (core.Fake.Counts.Evictions, core.Fake.Counts.Reloads));
        Assert.Equal(1, core.Fake.Faults.MostConcurrentLoads);
    }

    [Fact]
    public async Task A_model_that_nobody_asked_for_yet_is_explained_with_its_estimate_and_not_loaded()
    {
        await using var core = await StartAsync();

        var explained = await core.ExplainAsync(A);

        Assert.Equal(("fits", "metadata"), (explained.Decision, explained.Estimate?.Basis));
        Assert.True(explained.Estimate!.Context > 0 && explained.Estimate.Parallel == 1);
        Assert.Equal(0, core.Fake.Counts.Loads);
    }

    [Fact]
    public async Task An_eviction_is_explained_with_every_set_that_could_go_and_what_it_costs()
    {
        await using var core = await StartAsync();
        core.Fake.Install("small:1b", ByteSize.FromGibibytes(1));
        core.Fake.Install("wide:27b", ByteSize.FromGibibytes(13));
        await core.LookAsync();
        await core.ChatAsync(A);
        await core.ChatAsync(B);

        var candidate = Assert.Single((await core.ExplainAsync("wide:27b")).Candidates);

        Assert.Equal("evict_then_load", candidate.Decision);
        Assert.True(candidate.Options!.Count >= 1 && candidate.Options[0].Chosen && candidate.Options.Skip(1).All(o => !o.Chosen));
        Assert.Equal(candidate.Victims!.Select(v => v.Model), candidate.Options[0].Victims);
        Assert.All(candidate.Options, o => Assert.True(o.CostSeconds >= 0 && o.Bytes > 0));
        Assert.Equal(2, core.Fake.Loaded.Count);
    }

    private static async Task<DaemonCore> StartAsync(params ModelConfig[] models)
    {
        var fake = await FakeOllama.StartAsync(s => s with { Models = [], Catalogue = [] });
        fake.Install(A, ByteSize.FromGibibytes(5));
        fake.Install(B, ByteSize.FromGibibytes(6));
        return await DaemonCore.StartAsync(fake, models);
    }
}
