using System.Net;
using Homelab.Configuration;
using Homelab.Contracts;

namespace Homelab.Tests.Roles.Hub;

/// <summary>The table of answers at the hub: every state of things and what a request gets.</summary>
public sealed class HubRoutingTests
{
    [Fact]
    public async Task Hot_is_routed_at_once_through_the_nodes_daemon()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));

        using var answer = await hub.ChatAsync("qwen3:8b");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("node=a; tier=cluster-hot; engine=simulated", answer.Headers.GetValues("x-homelab-route").Single());
        Assert.Contains("\"hi\"", await answer.Content.ReadAsStringAsync());
        Assert.Equal(("1", "local", "Bearer " + node.AccessKey), (node.Surface.Last.Header("x-homelab-hops"), node.Surface.Last.Header("x-homelab-principal"), node.Surface.Last.Header("Authorization")));
    }

    [Fact]
    public async Task A_clients_key_is_not_passed_on()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var key = await hub.KeyAsync("n8n");

        (await hub.ChatAsync("qwen3:8b", key)).Dispose();

        Assert.Equal("n8n", node.Surface.Last.Header("x-homelab-principal"));
        Assert.DoesNotContain(node.Surface.Last.Headers.Values, v => v.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_disk_is_loaded_where_it_is_and_then_routed()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        node.Serve();

        using var answer = await hub.ChatAsync("qwen3:8b").WaitAsync(HubFixture.Limit, TimeProvider.System);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("tier=cluster-cold", answer.Headers.GetValues("x-homelab-route").Single());
        Assert.Equal(("load", "qwen3:8b"), (Assert.Single(node.Commands).Kind, node.Commands[0].Model));
    }

    [Fact]
    public async Task Fifty_requests_for_one_cold_model_share_one_load()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        var asking = Enumerable.Range(0, 50).Select(_ => hub.ChatAsync("qwen3:8b")).ToList();
        await hub.UntilAsync("fifty wait", async () => (await hub.StatusAsync()).QueueDepth == 50);

        node.Serve();
        var answers = await Task.WhenAll(asking).WaitAsync(HubFixture.Limit, TimeProvider.System);

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        Assert.Single(node.Commands);
        Assert.Equal(50, node.Surface.Requests.Count);
        await hub.UntilAsync("nothing is under way", async () => (await hub.StatusAsync()) is { QueueDepth: 0, Leases: 0 });
    }

    [Fact]
    public async Task Two_cold_models_at_once_do_not_share_the_same_memory()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Has("first:14b", 20).Has("second:14b", 20));
        var b = await hub.NodeAsync("b", n => n.Has("first:14b", 20).Has("second:14b", 20));

        var first = hub.ChatAsync("first:14b");
        await hub.UntilAsync("one waits", async () => (await hub.StatusAsync()).QueueDepth == 1);
        var second = hub.ChatAsync("second:14b");
        await hub.UntilAsync("two wait", async () => (await hub.StatusAsync()).QueueDepth == 2);
        a.Serve();
        b.Serve();
        await Task.WhenAll(first, second).WaitAsync(HubFixture.Limit, TimeProvider.System);

        Assert.Single(a.Commands);
        Assert.Single(b.Commands);
        Assert.NotEqual(a.Commands[0].Model, b.Commands[0].Model);
    }

    [Fact]
    public async Task Whoever_leaves_while_waiting_leaves_nothing_behind()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        using var gone = new CancellationTokenSource();
        var asking = hub.ChatAsync("qwen3:8b", cancellation: gone.Token);
        await hub.UntilAsync("one waits", async () => (await hub.StatusAsync()).QueueDepth == 1);

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        await hub.UntilAsync("nobody waits", async () => (await hub.StatusAsync()) is { QueueDepth: 0, Leases: 0 });
    }

    [Fact]
    public async Task Not_installed_anywhere_is_404()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Has("qwen3:8b"));

        var (status, code, message) = await HeartbeatTests.ErrorOf(hub.ChatAsync("nobody-has-this"));

        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (status, code));
        Assert.Contains("any", message);
    }

    [Fact]
    public async Task Engine_that_is_down_is_502_and_named()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        node.EngineUp = false;
        await node.BeatAsync();

        using var answer = await hub.ChatAsync("qwen3:8b");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains("engine on a", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task No_live_node_is_503_and_asking_again_cannot_help()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        (await hub.SendAsync(HttpMethod.Post, "/homelab/v1/nodes/a/drain")).Dispose();

        using var answer = await hub.ChatAsync("qwen3:8b");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("no_live_nodes", await answer.Content.ReadAsStringAsync());
        Assert.Equal("false", answer.Headers.GetValues("x-should-retry").Single());
    }

    [Fact]
    public async Task A_hub_without_nodes_says_so()
    {
        await using var hub = await HubFixture.StartAsync();

        Assert.Contains(await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b")), new[] { HttpStatusCode.NotFound, HttpStatusCode.ServiceUnavailable });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Get, "/readyz")));
    }

    [Fact]
    public async Task Too_large_for_every_node_is_400_and_names_need_and_largest_budget()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("small", n => n.Has("huge:405b", 200));
        await hub.NodeAsync("large", n =>
        {
            n.Memory = 48 * ScriptedNode.Gibibyte;
            n.Has("huge:405b", 200);
        });

        var (status, code, message) = await HeartbeatTests.ErrorOf(hub.ChatAsync("huge:405b"));

        Assert.Equal((HttpStatusCode.BadRequest, "model_too_large"), (status, code));
        Assert.Contains("200", message);
        Assert.Contains("48", message);
        Assert.Contains("large", message);
    }

    [Fact]
    public async Task Only_protected_models_in_the_way_is_409_and_names_them()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Holds("kept:14b", 20, protect: true).Has("other:14b", 20));

        var (status, code, message) = await HeartbeatTests.ErrorOf(hub.ChatAsync("other:14b"));

        Assert.Equal((HttpStatusCode.Conflict, "would_evict_protected"), (status, code));
        Assert.Contains("kept:14b", message);
    }

    [Fact]
    public async Task A_model_whose_load_failed_lately_is_503_with_the_reason_and_the_time()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Has("qwen3:8b", failure: new ModelFailureWire("out of memory", 3, 20)));

        using var answer = await hub.ChatAsync("qwen3:8b");
        var body = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("load_failed", body);
        Assert.Contains("out of memory", body);
        Assert.Equal(20, answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1.0);
    }

    [Fact]
    public async Task A_full_queue_is_429()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Hub.Queue.MaxWaiting = 3);
        await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        var waiting = Enumerable.Range(0, 3).Select(_ => hub.ChatAsync("qwen3:8b")).ToList();
        await hub.UntilAsync("three wait", async () => (await hub.StatusAsync()).QueueDepth == 3);

        using var answer = await hub.ChatAsync("qwen3:8b").WaitAsync(HubFixture.Limit, TimeProvider.System);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Contains("queue_full", await answer.Content.ReadAsStringAsync());
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
    }

    [Fact]
    public async Task A_wait_that_is_too_long_is_503_capacity_timeout()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Hub.Queue.MaxWait = Duration.FromSeconds(10));
        var node = await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        node.OnCommand = c => new CommandResultWire(c.Id, "running");
        node.Serve();
        var asking = hub.ChatAsync("qwen3:8b");

        await hub.AdvanceUntilAsync("it is refused", TimeSpan.FromSeconds(0.5), () => Task.FromResult(asking.IsCompleted));

        using var answer = await asking;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("capacity_timeout", await answer.Content.ReadAsStringAsync());
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Theory]
    [InlineData("load_failed", HttpStatusCode.ServiceUnavailable, "load_failed")]
    [InlineData("load_timeout", HttpStatusCode.GatewayTimeout, "load_timeout")]
    [InlineData("engine_error", HttpStatusCode.BadGateway, "engine_error")]
    [InlineData("would_evict_protected", HttpStatusCode.Conflict, "would_evict_protected")]
    public async Task A_load_that_fails_everywhere_is_told_in_the_nodes_words(string code, HttpStatusCode status, string told)
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        node.OnCommand = c => new CommandResultWire(c.Id, "failed", code, "the engine crashed while loading");
        node.Serve();

        var error = await HeartbeatTests.ErrorOf(hub.ChatAsync("qwen3:8b"));

        Assert.Equal((status, told), (error.Status, error.Code));
        Assert.Contains("the engine crashed while loading", error.Message);
        Assert.Single(node.Commands);
    }

    [Fact]
    public async Task A_load_that_fails_on_one_node_is_tried_on_another()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Has("qwen3:8b", loadSeconds: 1));
        var b = await hub.NodeAsync("b", n => n.Has("qwen3:8b", loadSeconds: 60));
        a.OnCommand = c => new CommandResultWire(c.Id, "failed", "load_failed", "out of memory");
        a.Serve();
        b.Serve();

        using var answer = await hub.ChatAsync("qwen3:8b").WaitAsync(HubFixture.Limit, TimeProvider.System);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("node=b;", answer.Headers.GetValues("x-homelab-route").Single());
        Assert.Contains("placement.failed", (await hub.EventsAsync()).Select(e => e.Type));
    }

    [Fact]
    public async Task A_node_that_refuses_is_left_out_and_another_one_serves()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var b = await hub.NodeAsync("b", n => n.Holds("qwen3:8b"));
        a.Surface.Script = (_, reply) => RefuseAsync(reply, 409, "would_evict_protected");

        // Three: as many as may be tried again in ten seconds, wherever each goes first.
        for (var i = 0; i < 3; i++)
        {
            using var answer = await hub.ChatAsync("qwen3:8b", prompt: $"question {i}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.StartsWith("node=b;", answer.Headers.GetValues("x-homelab-route").Single());
        }

        Assert.Equal(3, b.Surface.Requests.Count);
    }

    [Fact]
    public async Task Where_every_node_refuses_the_client_is_told_why_after_three_tries()
    {
        await using var hub = await HubFixture.StartAsync();
        foreach (var id in new[] { "a", "b", "c", "d", "e" })
        {
            (await hub.NodeAsync(id, n => n.Holds("qwen3:8b"))).Surface.Script = (_, reply) => RefuseAsync(reply, 429, "queue_full");
        }

        var (status, code, _) = await HeartbeatTests.ErrorOf(hub.ChatAsync("qwen3:8b"));

        Assert.Equal((HttpStatusCode.TooManyRequests, "queue_full"), (status, code));
        Assert.Equal(3, hub.Nodes.Sum(n => n.Surface.Requests.Count));
    }

    [Fact]
    public async Task A_node_that_cannot_be_reached_is_suspect_at_once_and_another_one_serves()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        await hub.NodeAsync("b", n => n.Holds("qwen3:8b"));
        await a.Surface.DisposeAsync();

        for (var i = 0; i < 4; i++)
        {
            using var answer = await hub.ChatAsync("qwen3:8b", prompt: $"question {i}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal("suspect", await hub.StateOfAsync("a"));
    }

    [Theory]
    [InlineData(true, "live")]
    [InlineData(false, "suspect")]
    public async Task A_connection_that_ends_without_an_answer_is_tried_elsewhere_and_speaks_against_a_node_that_holds_none(bool holds, string state)
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var held = holds ? a.SendAsync(a.Next(hold: 5)) : null;
        a.Surface.Script = (_, reply) =>
        {
            reply.Cut();
            return Task.CompletedTask;
        };
        if (holds)
        {
            await HeartbeatTests.HeldAsync(hub);
        }

        var failed = await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b"));
        Assert.Contains(failed, new[] { HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable });
        await hub.UntilAsync($"a is {state}", async () => await hub.StateOfAsync("a") == state);
        await hub.NodeAsync("b", n => n.Holds("qwen3:8b"));

        // With the first that makes three, which is what may be tried again in ten seconds.
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b", prompt: $"question {i}")));
        }

        Assert.NotEqual(true, held?.IsFaulted);
    }

    [Fact]
    public async Task A_frozen_node_is_not_waited_for_once_it_is_lost()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var reached = new TaskCompletionSource();
        a.Surface.Script = (_, reply) =>
        {
            reached.TrySetResult();
            return reply.Gone;
        };
        var asking = hub.ChatAsync("qwen3:8b");
        await reached.Task.WaitAsync(HubFixture.Limit, TimeProvider.System);
        var b = await hub.NodeAsync("b", n => n.Holds("qwen3:8b"));
        b.Serve();

        await hub.AdvanceUntilAsync("the request is answered", TimeSpan.FromSeconds(0.5), () => Task.FromResult(asking.IsCompleted));

        using var answer = await asking;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("node=b;", answer.Headers.GetValues("x-homelab-route").Single());
        Assert.Equal("lost", await hub.StateOfAsync("a"));
    }

    [Fact]
    public async Task A_model_in_use_on_a_lost_node_is_loaded_elsewhere_without_being_asked_for()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        a.Replicas[0] = a.Replicas[0] with { UsesPerSecond = 0.5 };
        await a.BeatAsync();
        var b = await hub.NodeAsync("b", n => n.Has("qwen3:8b"));
        b.Serve();

        await hub.AdvanceUntilAsync("b has it", TimeSpan.FromSeconds(0.5), () => Task.FromResult(b.Replicas.Count > 0));

        Assert.Equal("lost", await hub.StateOfAsync("a"));
        Assert.Equal("load", Assert.Single(b.Commands).Kind);
    }

    [Fact]
    public async Task A_pinned_model_is_kept_loaded_on_one_node_with_the_labels_it_wants()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Models.Add(new ModelConfig { Name = "qwen3:8b", Pin = true, Require = new() { ["site"] = "home" } }));
        var a = await hub.NodeAsync("a", n => n.Has("qwen3:8b", loadSeconds: 1));
        var b = await hub.NodeAsync("b", n => n.Has("qwen3:8b", loadSeconds: 60).Labels["site"] = "home");
        a.Serve();
        b.Serve();

        await hub.AdvanceUntilAsync("b has it", TimeSpan.FromSeconds(0.5), () => Task.FromResult(b.Replicas.Count > 0));
        await hub.PassAsync(TimeSpan.FromSeconds(5));

        Assert.Empty(a.Commands);
        Assert.Single(b.Commands);
        using var answer = await hub.ChatAsync("qwen3:8b");
        Assert.StartsWith("node=b;", answer.Headers.GetValues("x-homelab-route").Single());
    }

    [Fact]
    public async Task A_second_node_loads_a_model_whose_only_replica_is_saturated()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b", leases: 40, capacity: 1));
        a.Replicas[0] = a.Replicas[0] with { ServiceSeconds = 10 };
        await a.BeatAsync();
        var b = await hub.NodeAsync("b", n => n.Has("qwen3:8b", loadSeconds: 2));
        b.Serve();

        using var answer = await hub.ChatAsync("qwen3:8b").WaitAsync(HubFixture.Limit, TimeProvider.System);

        Assert.StartsWith("node=b;", answer.Headers.GetValues("x-homelab-route").Single());
    }

    [Fact]
    public async Task An_answer_of_the_engine_is_not_a_refusal_and_is_not_replayed()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        a.Surface.Script = (_, reply) => reply.JsonAsync(500, """{"error":{"message":"the model crashed","type":"api_error","code":"engine_error"}}""");

        using var answer = await hub.ChatAsync("qwen3:8b");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Single(a.Surface.Requests);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task What_was_delegated_too_often_goes_in_circles(int hops)
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        await hub.NodeAsync("b", n => n.Holds("qwen3:8b"));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub.Address, "/v1/chat/completions")) { Content = new StringContent("""{"model":"qwen3:8b","messages":[]}""", System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", node.Credential);
        request.Headers.Add("x-homelab-hops", hops.ToString(System.Globalization.CultureInfo.InvariantCulture));

        using var answer = await hub.Http.SendAsync(request);

        if (hops == 1)
        {
            Assert.StartsWith("node=b;", answer.Headers.GetValues("x-homelab-route").Single());
        }
        else
        {
            Assert.Equal(508, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_draining_node_gets_nothing_new_and_one_that_resumed_does()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        (await hub.SendAsync(HttpMethod.Post, "/homelab/v1/nodes/a/drain")).Dispose();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b")));
        Assert.Empty(a.Surface.Requests);
        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, "/api/show", """{"model":"qwen3:8b"}""")));
        (await hub.SendAsync(HttpMethod.Post, "/homelab/v1/nodes/a/resume")).Dispose();
        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b")));
    }

    [Fact]
    public async Task A_node_that_says_it_shuts_down_gets_nothing_more_before_its_next_heartbeat()
    {
        await using var hub = await HubFixture.StartAsync();
        var stopping = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        await hub.NodeAsync("b", n => n.Holds("qwen3:8b"));
        stopping.Surface.Script = (_, reply) => reply.AnswerAsync(503, "application/json", """{"error":{"message":"no","type":"api_error","code":"draining"}}""", "x-homelab-refused: draining\r\n");
        for (var i = 0; i < 40; i++)
        {
            using var answer = await hub.ChatAsync("qwen3:8b");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await hub.UntilAsync("the refusal counts", async () => stopping.Surface.Requests.IsEmpty || await hub.StateOfAsync("a") == "draining");
        }

        Assert.Single(stopping.Surface.Requests);
        await stopping.BeatAsync();
        Assert.Equal("live", await hub.StateOfAsync("a"));
    }

    [Fact]
    public async Task A_drain_outlives_the_hub()
    {
        await using var hub = await HubFixture.StartAsync();
        var a = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        (await hub.SendAsync(HttpMethod.Post, "/homelab/v1/nodes/a/drain")).Dispose();
        await hub.PassAsync(TimeSpan.FromSeconds(1));

        await hub.RestartAsync();
        await a.ReportAsync();

        Assert.Equal("draining", await hub.StateOfAsync("a"));
    }

    [Fact]
    public async Task Of_a_ranked_alias_the_first_that_is_hot_wins_else_the_first_that_can_be()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Models.Add(new ModelConfig { Alias = "coder", Of = ["big:70b", "mid:30b", "small:8b"] }));
        var node = await hub.NodeAsync("a", n => n.Has("mid:30b", 18).Holds("small:8b", 5));

        using (var answer = await hub.ChatAsync("coder"))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("small:8b", node.Surface.Last.Text);
        }

        node.Replicas.Clear();
        await node.BeatAsync();
        node.Serve();
        using var cold = await hub.ChatAsync("coder").WaitAsync(HubFixture.Limit, TimeProvider.System);
        Assert.Equal("mid:30b", Assert.Single(node.Commands).Model);
    }

    [Fact]
    public async Task A_hub_that_restarts_routes_again_with_the_nodes_next_heartbeat()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var before = (await node.BeatAsync()).Epoch;
        await hub.RestartAsync();
        var asking = hub.ChatAsync("qwen3:8b");
        await hub.UntilAsync("it waits for the node", async () => (await hub.StatusAsync()).QueueDepth == 1);

        var ack = await node.ReportAsync();

        using var answer = await asking.WaitAsync(HubFixture.Limit, TimeProvider.System);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(ack.Epoch > before);
    }

    [Fact]
    public async Task A_node_that_is_not_heard_of_after_a_restart_is_lost_only_after_its_grace()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a");
        await hub.RestartAsync();

        await hub.PassAsync(TimeSpan.FromSeconds(55));
        Assert.Equal("suspect", await hub.StateOfAsync("a"));
        await hub.AdvanceUntilAsync("a is lost", TimeSpan.FromSeconds(1), async () => await hub.StateOfAsync("a") == "lost");
    }

    [Fact]
    public async Task A_hub_that_drains_takes_nothing_new_and_lets_what_runs_end()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var (reached, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        node.Surface.Script = async (request, reply) =>
        {
            reached.TrySetResult();
            await go.Task;
            await node.AnswerAsync(request, reply);
        };
        var running = hub.ChatAsync("qwen3:8b");
        await reached.Task.WaitAsync(HubFixture.Limit, TimeProvider.System);

        hub.SignalStop();
        await hub.UntilAsync("the hub drains", async () => await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Get, "/readyz")) == HttpStatusCode.ServiceUnavailable);
        var (status, code, _) = await HeartbeatTests.ErrorOf(hub.ChatAsync("qwen3:8b"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining"), (status, code));
        await node.BeatAsync();
        go.SetResult();

        using var answer = await running.WaitAsync(HubFixture.Limit, TimeProvider.System);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static Task RefuseAsync(Fakes.UpstreamReply reply, int status, string code) =>
        reply.AnswerAsync(status, "application/json", $$$"""{"error":{"message":"{{{code}}} here","type":"api_error","code":"{{{code}}}"}}""", $"x-homelab-refused: {code}\r\nRetry-After: 5\r\n");
}
