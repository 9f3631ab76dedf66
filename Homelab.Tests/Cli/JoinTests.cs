using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Homelab.Cli;
using Homelab.Contracts;
using Homelab.Tests.EndToEnd;
using Homelab.Tests.Processes;
using Homelab.Tests.Roles.Daemon.Link;

namespace Homelab.Tests.Cli;

/// <summary>A daemon that a user starts into a cluster: what it asks for, shows, opens to the hub and keeps to itself.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class JoinTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<HeldBeat> _beats = new();
    private ScriptedHub _hub = null!;
    private Task _answering = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _hub = await ScriptedHub.StartAsync();
        _answering = AnswerAsync();
    }

    public async Task DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _answering;
    }

    [Fact]
    public async Task A_daemon_shows_its_hub_opens_the_client_surface_to_it_and_takes_its_leave()
    {
        CliRun cli;
        int port;
        await using (var daemon = await RunningDaemon.StartAsync(("HOMELAB_DAEMON__HUB", _hub.Url), ("HOMELAB_DAEMON__JOIN_TOKEN", ScriptedHub.Token)))
        {
            cli = daemon.Cli;
            port = daemon.Http.BaseAddress!.Port;
            await Eventually.BecomesAsync("the status", "connected", () => daemon.ReadAsync(ControlRoutes.Status), s => s.Contains("\"state\":\"connected\"", StringComparison.Ordinal));
            using var status = JsonDocument.Parse(await daemon.ReadAsync(ControlRoutes.Status));
            Assert.Equal(_hub.Url, status.RootElement.GetProperty("hub").GetProperty("url").GetString());

            var key = _beats.First().Beat.AccessKey;
            Assert.Equal(HttpStatusCode.OK, await CallAsync(daemon, HttpMethod.Get, "/v1/models", key));
            Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(daemon, HttpMethod.Post, ControlRoutes.LoadModel, key));
            Assert.DoesNotContain(key, cli.Out + cli.Error + await daemon.ReadAsync(ControlRoutes.Events + "?follow=false") + status.RootElement, StringComparison.Ordinal);
        }

        await Eventually.BecomesAsync("the heartbeats", "a last one", () => Task.FromResult(_beats.Select(b => b.Beat.State).ToList()), states => states.Contains("leaving"));
        var beats = _beats.Select(b => b.Beat).ToList();
        Assert.Equal("leaving", beats[^1].State);
        Assert.All(beats, b => Assert.Equal((port, true, true), (b.Port, b.LoopbackOnly, b.Engine.Simulated)));
        Assert.Equal(beats.Count, beats.Select(b => b.Sequence).Distinct().Count());
        Assert.DoesNotContain(ScriptedHub.Token, cli.Out + cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(ScriptedHub.Credential, cli.Out + cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_from_a_file_is_exchanged_at_the_start()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.At("token"), ScriptedHub.Token + "\nsecond line\n");
        using var signal = new CancellationTokenSource();
        var cli = Cli(folder);
        var running = cli.RunAsync(signal.Token, Arguments("--join", _hub.Url, "--token-file", folder.At("token")));
        await Eventually.BecomesAsync("standard output", "an address", () => Task.FromResult(cli.Out + cli.Error), o => o.Contains("listening on", StringComparison.Ordinal));

        // Joined before it listens: a start that is for joining waits for the answer.
        Assert.Equal(ScriptedHub.Token, Assert.Single(_hub.Joins).Token);
        await signal.CancelAsync();
        Assert.Equal(ExitCodes.Done, await running);
    }

    [Fact]
    public async Task A_refused_token_ends_a_start_that_is_for_joining_with_77_and_the_reason()
    {
        _hub.RefusesJoins = "this token has expired";
        using var folder = new TemporaryFolder();
        var cli = Cli(folder);

        Assert.Equal(ExitCodes.NotAllowed, await cli.RunAsync(Arguments("--join", _hub.Url, "--token", ScriptedHub.Token)));
        Assert.Contains($"homelab: the hub at {_hub.Url}: it refuses the join token: this token has expired", cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(ScriptedHub.Token, cli.Error + cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("listening on", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_token_of_the_configuration_leaves_the_machine_serving_alone()
    {
        _hub.RefusesJoins = "this token has expired";
        await using var daemon = await RunningDaemon.StartAsync(("HOMELAB_DAEMON__HUB", _hub.Url), ("HOMELAB_DAEMON__JOIN_TOKEN", ScriptedHub.Token));
        await Eventually.BecomesAsync("the status", "refused", () => daemon.ReadAsync(ControlRoutes.Status), s => s.Contains("\"state\":\"refused\"", StringComparison.Ordinal));

        Assert.Contains("this token has expired", await daemon.ReadAsync(ControlRoutes.Status), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(daemon, HttpMethod.Get, "/v1/models", null));
        Assert.Contains("this token has expired", daemon.Cli.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCodes.Usage, "not both", "--join", "http://127.0.0.1:1", "--token", "a", "--token-file", "b")]
    [InlineData(ExitCodes.Usage, "--token-file: cannot read", "--join", "http://127.0.0.1:1", "--token-file", "/nonexistent/token")]
    [InlineData(ExitCodes.Configuration, "--join: daemon.hub[0]", "--join", "nowhere")]
    public async Task Wrong_flags_are_named(int exit, string said, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var cli = Cli(folder);

        Assert.Equal(exit, await cli.RunAsync(Arguments(arguments)));
        Assert.Contains(said, cli.Error, StringComparison.Ordinal);
    }

    private static CliRun Cli(TemporaryFolder folder)
    {
        var cli = new CliRun { Time = TimeProvider.System };
        cli.Variables["HOMELAB_HOME"] = folder.Path;
        return cli;
    }

    private static string[] Arguments(params string[] further) => ["daemon", "--simulate", "--listen", "127.0.0.1:0", .. further];

    private static async Task<HttpStatusCode> CallAsync(RunningDaemon daemon, HttpMethod method, string path, string? key)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        using var answer = await daemon.Http.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>Answers as a hub does that holds heartbeats until the next one comes.</summary>
    private async Task AnswerAsync()
    {
        try
        {
            HeldBeat? held = null;
            while (true)
            {
                var next = await _hub.NextAsync();
                _beats.Enqueue(next);
                held?.Ack();
                held = next;
                if (next.Beat.HoldSeconds == 0)
                {
                    next.Ack();
                }
            }
        }
        catch (System.Threading.Channels.ChannelClosedException)
        {
            // The hub is gone.
        }
    }
}
