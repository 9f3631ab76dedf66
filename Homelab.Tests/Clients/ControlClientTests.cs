using Homelab.Clients;
using Homelab.Contracts;
using Homelab.Tests.Cli;
using Microsoft.AspNetCore.Http;

namespace Homelab.Tests.Clients;

/// <summary>What the client retries, what it never repeats, and what it says of failures.</summary>
public sealed class ControlClientTests
{
    [Fact]
    public async Task Read_is_tried_again_after_a_5xx()
    {
        await using var server = await FakeControlServer.StartAsync();
        server.On("GET", ControlRoutes.Status, context =>
        {
            if (server.Seen.Count < 3)
            {
                context.Response.StatusCode = 503;
                return Task.CompletedTask;
            }

            return FakeControlServer.JsonAsync(context, SampleWires.Status, ContractsJson.Default.StatusWire);
        });
        using var client = Client(server);

        Assert.Equal("tower", (await client.StatusAsync(default)).Node);
        Assert.Equal(3, server.Seen.Count);
    }

    [Theory]
    [InlineData("false", 1)]
    [InlineData("true", 3)]
    public async Task Server_that_says_not_to_retry_is_believed(string advice, int requests)
    {
        await using var server = await FakeControlServer.StartAsync();
        server.On("GET", ControlRoutes.Status, context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers["x-should-retry"] = advice;
            return Task.CompletedTask;
        });
        using var client = Client(server);

        var problem = await Assert.ThrowsAsync<ControlException>(() => client.StatusAsync(default));
        Assert.Equal(ControlException.Failed, problem.ExitCode);
        Assert.Equal(requests, server.Seen.Count);
    }

    [Fact]
    public async Task Command_is_sent_once_whatever_happens()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("POST", ControlRoutes.LoadModel, 503, "load_failed", "no");
        using var client = Client(server);

        var problem = await Assert.ThrowsAsync<ControlException>(async () => await client.LoadAsync(new ModelCommandWire("x"), default).GetAsyncEnumerator().MoveNextAsync());
        Assert.Equal("load_failed", problem.Code);
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task Command_answered_without_progress_is_one_last_item()
    {
        await using var server = (await FakeControlServer.StartAsync()).On("POST", ControlRoutes.UnloadModel, context =>
            FakeControlServer.JsonAsync(context, new ModelCommandResultWire("x:latest", "tower", "on_disk", null, 1), ContractsJson.Default.ModelCommandResultWire));
        using var client = Client(server);

        var items = new List<ProgressWire>();
        await foreach (var item in client.UnloadAsync(new ModelCommandWire("x"), default))
        {
            items.Add(item);
        }

        Assert.Equal("on_disk", Assert.Single(items).Result?.State);
    }

    [Fact]
    public async Task Redirect_is_not_followed_because_the_key_would_follow_it()
    {
        await using var other = (await FakeControlServer.StartAsync()).WithStatus();
        await using var server = (await FakeControlServer.StartAsync()).On("GET", ControlRoutes.Status, context =>
        {
            context.Response.Redirect(new Uri(other.Address, ControlRoutes.Status).ToString());
            return Task.CompletedTask;
        });
        using var client = new ControlClient(server.Address, "secret", new QuickTime());

        await Assert.ThrowsAsync<ControlException>(() => client.StatusAsync(default));
        Assert.Empty(other.Seen);
    }

    [Fact]
    public async Task Endless_line_of_progress_is_refused_instead_of_kept()
    {
        await using var server = (await FakeControlServer.StartAsync()).On("POST", ControlRoutes.PullModel, async context =>
        {
            context.Response.ContentType = ControlRoutes.ProgressMediaType;
            var block = new string('x', 64 * 1024);
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(block, context.RequestAborted);
            }
        });
        using var client = Client(server);

        await Assert.ThrowsAsync<ControlException>(async () => await client.PullAsync(new ModelCommandWire("x"), default).GetAsyncEnumerator().MoveNextAsync());
    }

    [Fact]
    public async Task Connection_that_breaks_during_an_answer_is_nobody_answering()
    {
        await using var server = (await FakeControlServer.StartAsync()).On("GET", ControlRoutes.Models, async context =>
        {
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("[");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using var client = Client(server);

        var problem = await Assert.ThrowsAsync<ControlException>(() => client.ModelsAsync(default));
        Assert.Equal(ControlException.NobodyAnswers, problem.ExitCode);
    }

    [Fact]
    public async Task Error_text_of_a_server_is_made_printable()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("GET", ControlRoutes.Models, 400, "x", "bad\u001b[2J\nnews");
        using var client = Client(server);

        var problem = await Assert.ThrowsAsync<ControlException>(() => client.ModelsAsync(default));
        Assert.Equal("bad?[2J news", problem.Message);
    }

    [Fact]
    public async Task Cancelling_is_cancelling_and_no_failure_of_the_server()
    {
        using var stop = new CancellationTokenSource();
        await using var server = (await FakeControlServer.StartAsync()).On("GET", ControlRoutes.Status, async context =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        using var client = Client(server);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.StatusAsync(stop.Token));
    }

    [Fact]
    public async Task Usage_since_a_moment_is_asked_for_in_iso_8601()
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets(ControlRoutes.Usage, new UsageWire(QuickTime.Start, []), ContractsJson.Default.UsageWire);
        using var client = Client(server);

        await client.UsageAsync(QuickTime.Start, default);
        Assert.Equal("/homelab/v1/usage?since=2026-03-04T12%3A00%3A00.0000000%2B00%3A00", server.Seen[0].Path);
    }

    [Theory]
    [InlineData("127.0.0.1:42420", "http://127.0.0.1:42420/")]
    [InlineData(" https://tower.lan ", "https://tower.lan/")]
    [InlineData("[::1]:42420", "http://[::1]:42420/")]
    [InlineData("", null)]
    [InlineData("file:///etc/passwd", null)]
    [InlineData("http://u:p@host:1", null)]
    [InlineData("http://host?x=1", null)]
    public void Address_is_read_as_people_write_it(string text, string? expected)
    {
        Assert.Equal(expected is not null, ControlAddress.TryParse(text, out var address));
        Assert.Equal(expected, address is not null && expected is not null ? address.ToString() : null);
    }

    private static ControlClient Client(FakeControlServer server) => new(server.Address, null, new QuickTime());
}
