using System.Net;
using System.Net.Sockets;
using System.Text;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Roles.Hub;
using Homelab.Tests.Processes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Roles.Hub;

/// <summary>The hub as a whole: its start, its end, and many things at once.</summary>
public sealed class HubHostTests
{
    [Fact]
    public async Task A_hub_whose_port_is_taken_says_so_and_ends_with_1()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var folder = new TemporaryFolder();
        var config = new HomelabConfig();
        config.Hub.Listen = [$"127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}"];
        var (output, errors) = (new Transcript(), new Transcript());

        var code = await HubHost.RunAsync(config, new HomelabFolder(folder.Path), new RoleConsole(output, errors, LogLevel.Information, new FakeTimeProvider()), CancellationToken.None).WaitAsync(HubFixture.Limit, TimeProvider.System);

        Assert.Equal(1, code);
        Assert.Contains("cannot listen at 127.0.0.1", errors.Text);
        Assert.DoesNotContain("hl_admin_", output.Text);
    }

    [Fact]
    public async Task A_stream_that_waits_for_a_load_is_kept_alive_by_comments()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Has("qwen3:8b"));
        node.Surface.Script = (_, reply) => reply.StreamAsync("text/event-stream", "data: {\"choices\":[]}\n\n", "data: [DONE]\n\n");
        var sending = hub.SendAsync(HttpMethod.Post, "/v1/chat/completions", """{"model":"qwen3:8b","stream":true,"messages":[{"role":"user","content":"hello"}]}""");
        await hub.UntilAsync("it waits", async () => (await hub.StatusAsync()).QueueDepth == 1);
        await hub.AdvanceUntilAsync("its headers came", TimeSpan.FromSeconds(0.5), async () =>
        {
            await node.BeatAsync();
            return sending.IsCompleted;
        });
        using var answer = await sending;
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.StartsWith(":", await reader.ReadLineAsync().WaitAsync(HubFixture.Limit, TimeProvider.System));

        node.Serve();
        var rest = reader.ReadToEndAsync();
        await hub.AdvanceUntilAsync("the stream ended", TimeSpan.FromSeconds(0.2), () => Task.FromResult(rest.IsCompleted));

        Assert.Contains("data: [DONE]", await rest);
    }

    [Fact]
    public async Task After_a_storm_of_requests_refusals_cuts_and_drains_nothing_is_left_over()
    {
        await using var hub = await HubFixture.StartAsync();
        var nodes = new List<ScriptedNode>();
        for (var i = 0; i < 6; i++)
        {
            var node = await hub.NodeAsync($"n{i}", n => n.Has("m0:1b", 6).Has("m1:1b", 6).Has("m2:1b", 6));
            var (random, gate) = (new Random(i), new Lock());
            node.Surface.Script = async (request, reply) =>
            {
                int chance;
                lock (gate)
                {
                    chance = random.Next(10);
                }

                await (chance switch
                {
                    0 => reply.AnswerAsync(503, "application/json", """{"error":{"message":"no","type":"api_error","code":"draining"}}""", "x-homelab-refused: draining\r\n"),
                    1 => CutAsync(reply),
                    2 => reply.JsonAsync(502, """{"error":{"message":"crash","type":"api_error","code":"engine_error"}}"""),
                    _ => node.AnswerAsync(request, reply),
                });
            };
            node.Serve();
            nodes.Add(node);
        }

        using var impatient = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 300).Select(i => AskAsync(hub, $"m{i % 3}:1b", i % 7 == 0 ? impatient.Token : CancellationToken.None)).ToList();
        for (var i = 0; i < 6; i++)
        {
            (await hub.SendAsync(HttpMethod.Post, $"/homelab/v1/nodes/n{i}/drain")).Dispose();
            await hub.PassAsync(TimeSpan.FromSeconds(0.5));
            (await hub.SendAsync(HttpMethod.Post, $"/homelab/v1/nodes/n{i}/resume")).Dispose();
        }

        await impatient.CancelAsync();
        var all = Task.WhenAll(asking);
        await hub.AdvanceUntilAsync("everybody is answered", TimeSpan.FromSeconds(0.5), () => Task.FromResult(all.IsCompleted));
        var statuses = await all;

        var told = string.Join('\n', statuses.GroupBy(static s => s).Select(static g => $"{g.Count()} x {g.Key}"));
        Assert.True(statuses.Count(static s => s.StartsWith("200", StringComparison.Ordinal)) > 100, told + hub.Words);
        Assert.DoesNotContain(statuses, static s => s.StartsWith("500", StringComparison.Ordinal));
        await hub.AdvanceUntilAsync("nothing is left", TimeSpan.FromSeconds(0.5), async () => await hub.StatusAsync() is { QueueDepth: 0, Leases: 0 });
        await hub.AdvanceUntilAsync("all nodes are live", TimeSpan.FromSeconds(0.5), async () => (await hub.NodesAsync()).All(n => n.State == "live"));
        Assert.DoesNotContain(" error ", hub.Log.Text);
    }

    [Fact]
    public async Task Two_hundred_nodes_join_and_report_at_once()
    {
        await using var hub = await HubFixture.StartAsync();
        var token = await hub.JoinTokenAsync(uses: 200);
        var nodes = Enumerable.Range(0, 200).Select(i => new ScriptedNode(hub, $"n{i}").Holds($"m{i % 10}")).ToList();

        await Task.WhenAll(nodes.Select(async n =>
        {
            await n.JoinAsync(token);
            await n.ReportAsync();
        }));

        Assert.Equal(200, (await hub.StatusAsync()).NodesLive);
        Assert.Equal(200, (await hub.NodesAsync()).Count);
        using var answer = await hub.ChatAsync("m3");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_body_that_trickles_does_not_hold_its_connection()
    {
        await using var hub = await HubFixture.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, hub.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {ControlRoutes.Join} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"));

        // The server's own clock: ten seconds of grace.
        var buffer = new byte[4096];
        int read;
        try
        {
            read = await stream.ReadAsync(buffer).AsTask().WaitAsync(HubFixture.Limit, TimeProvider.System);
        }
        catch (IOException)
        {
            return;
        }

        Assert.True(read == 0 || Encoding.ASCII.GetString(buffer, 0, read).StartsWith("HTTP/1.1 4", StringComparison.Ordinal), Encoding.ASCII.GetString(buffer, 0, read));
    }

    private static async Task<string> AskAsync(HubFixture hub, string model, CancellationToken cancellation)
    {
        try
        {
            using var answer = await hub.ChatAsync(model, cancellation: cancellation);
            return $"{(int)answer.StatusCode} {(answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync(cancellation))}";
        }
        catch (OperationCanceledException)
        {
            return "499";
        }
    }

    private static Task CutAsync(Fakes.UpstreamReply reply)
    {
        reply.Cut();
        return Task.CompletedTask;
    }
}
