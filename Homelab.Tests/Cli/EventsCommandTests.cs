using System.Collections.Concurrent;
using Homelab.Cli;
using Homelab.Contracts;
using Homelab.Tests.Snapshots;
using Microsoft.AspNetCore.Http;

namespace Homelab.Tests.Cli;

/// <summary><c>homelab events</c></summary>
public sealed class EventsCommandTests
{
    [Fact]
    public async Task Kept_events_are_printed_a_line_each()
    {
        await using var server = await FeedAsync(1, 2, 3);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "events"));
        VerifiedSnapshot.Match(cli.Out);
        Assert.Equal("/homelab/v1/events?since=0&follow=false", Assert.Single(server.Seen).Path);
    }

    [Fact]
    public async Task Since_takes_an_id_or_a_duration()
    {
        await using var server = await FeedAsync(60, 90, 99);
        var byId = new CliRun();
        var byAge = new CliRun();

        await byId.RunAsync(server, "events", "--since", "42", "-o", "json");
        await byAge.RunAsync(server, "events", "--since", "15s", "-o", "json");
        Assert.Equal("42", server.Seen[0].LastEventId);
        Assert.Equal(2, byAge.Out.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public async Task Since_that_is_neither_is_a_usage_error()
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync("events", "--since", "yesterday"));
        Assert.Contains("--since must be", cli.Error);
    }

    [Fact]
    public async Task Following_resumes_after_the_last_event_when_the_connection_is_lost_and_repeats_none()
    {
        using var stop = new CancellationTokenSource();
        var connections = new ConcurrentQueue<string>();
        await using var server = await FakeControlServer.StartAsync();
        server.On("GET", ControlRoutes.Events, async context =>
        {
            connections.Enqueue(context.Request.Headers["Last-Event-ID"].ToString());
            switch (connections.Count)
            {
                case 1:
                    await WriteAsync(context, 1, 2);
                    break;
                case 2:
                    context.Response.StatusCode = 503;
                    break;
                case 3:
                    await WriteAsync(context, 2, 3);
                    break;
                default:
                    await stop.CancelAsync();
                    break;
            }
        });
        var cli = new CliRun();
        cli.Variables["HOMELAB_URL"] = server.Address.ToString();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(stop.Token, "events", "--follow", "-o", "json"));
        Assert.Equal(["", "2", "2", "3"], connections);
        var ids = cli.Out.TrimEnd('\n').Split('\n').Select(l => System.Text.Json.JsonSerializer.Deserialize(l, ContractsJson.Default.EventWire)!.Id);
        Assert.Equal([1L, 2L, 3L], ids);
        Assert.Contains("connecting again", cli.Error);
    }

    [Fact]
    public async Task Following_somebody_who_refuses_ends_at_once()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("GET", ControlRoutes.Events, 403, "insufficient_permissions", "events need an admin key");
        var cli = new CliRun();

        Assert.Equal(ExitCodes.NotAllowed, await cli.RunAsync(server, "events", "-f"));
        Assert.Single(server.Seen);
    }

    private static async Task<FakeControlServer> FeedAsync(params long[] ids) =>
        (await FakeControlServer.StartAsync()).On("GET", ControlRoutes.Events, context => WriteAsync(context, ids));

    private static async Task WriteAsync(HttpContext context, params long[] ids)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("retry: 1000\n\n: hello\n\n");
        foreach (var id in ids)
        {
            await FakeControlServer.EventAsync(context, id % 3 == 0 ? SampleWires.Event(id, "model.load_failed", "it broke\n\u001b[31mbadly") : SampleWires.Event(id));
        }
    }
}
