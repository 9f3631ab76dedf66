using System.Net;
using System.Net.Sockets;
using System.Text;
using Homelab.Gateway.Bodies;
using Homelab.Gateway.Transport;
using Homelab.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Gateway.Transport;

/// <summary>The connections to an upstream, on real sockets before a scripted one.</summary>
public sealed class UpstreamPoolTests : IAsyncLifetime
{
    private readonly ScriptedUpstream _upstream = new();
    private readonly FakeTimeProvider _time = new();
    private UpstreamPool _pool = null!;

    public Task InitializeAsync()
    {
        _pool = new UpstreamPool(_upstream.Address, _time);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _pool.Dispose();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Request_and_answer_arrive_whole()
    {
        using var answer = await PostAsync("{\"model\":\"m\"}");

        Assert.Equal("{}", await TextAsync(answer));
        Assert.Equal("{\"model\":\"m\"}", Encoding.UTF8.GetString(_upstream.Last.Body));
        Assert.Equal("h", _upstream.Last.Headers["Host"]);
    }

    [Fact]
    public async Task Body_larger_than_any_buffer_arrives_whole()
    {
        var text = "{\"x\":\"" + new string('y', 5_000_000) + "\"}";
        using var answer = await PostAsync(text);

        Assert.Equal("{}", await TextAsync(answer));
        Assert.Equal(text.Length, _upstream.Last.Body.Length);
    }

    [Fact]
    public async Task Connection_whose_answer_was_read_serves_the_next_request()
    {
        for (var i = 0; i < 3; i++)
        {
            using var answer = await PostAsync("{}");
            await TextAsync(answer);
        }

        Assert.Equal(1, _upstream.Accepted);
        Assert.Equal(1, _pool.Resting);
    }

    [Fact]
    public async Task Connection_whose_answer_is_given_up_is_closed_at_once()
    {
        var begun = new TaskCompletionSource();
        _upstream.Script = async (_, reply) =>
        {
            await RawAsync(reply, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            begun.SetResult();
            await reply.Gone;
        };
        using (var answer = await PostAsync("{}"))
        {
            await begun.Task;
            Assert.Equal(3, await answer.ReadAsync(new byte[10], CancellationToken.None));
        }

        await GatewayServer.UntilAsync(() => _upstream.OpenConnections == 0, "the upstream sees that its answer is not wanted");
        Assert.Equal(0, _pool.Resting);
    }

    [Fact]
    public async Task Cancelled_wait_for_an_answer_closes_the_connection()
    {
        using var stop = new CancellationTokenSource();
        _upstream.Script = async (_, reply) =>
        {
            await stop.CancelAsync();
            await reply.Gone;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PostAsync("{}", cancellation: stop.Token));
        await GatewayServer.UntilAsync(() => _upstream.OpenConnections == 0, "the connection closes");
    }

    [Fact]
    public async Task Connection_that_was_closed_while_it_rested_is_not_used()
    {
        _upstream.Script = (_, reply) => RawAsync(reply, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", thenClose: true);
        for (var i = 0; i < 2; i++)
        {
            using (var answer = await PostAsync("{}"))
            {
                Assert.Equal("{}", await TextAsync(answer));
            }

            await GatewayServer.UntilAsync(() => _upstream.OpenConnections == 0, "the upstream has closed");
        }

        Assert.Equal(2, _upstream.Accepted);
    }

    [Fact]
    public async Task Connection_with_bytes_that_nobody_asked_for_is_not_used()
    {
        _upstream.Script = (_, reply) => RawAsync(reply, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
        for (var i = 0; i < 2; i++)
        {
            using var answer = await PostAsync("{}");
            Assert.Equal("{}", await TextAsync(answer));
        }

        Assert.Equal(2, _upstream.Accepted);
        Assert.Equal(0, _pool.Resting);
    }

    [Fact]
    public async Task Request_on_a_connection_that_dies_is_not_sent_again()
    {
        using (var first = await PostAsync("{}"))
        {
            await TextAsync(first);
        }

        _upstream.Script = (_, reply) => RawAsync(reply, "", thenClose: true);
        var error = await Assert.ThrowsAsync<UpstreamException>(() => PostAsync("{}"));

        Assert.Equal(UpstreamFault.Closed, error.Fault);
        Assert.Equal(2, _upstream.Requests.Count);
    }

    [Fact]
    public async Task Answer_that_comes_before_the_body_was_taken_is_read()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var pool = new UpstreamPool(new Uri($"http://{listener.LocalEndpoint}"), _time);
        var serving = Task.Run(async () =>
        {
            using var socket = await listener.AcceptSocketAsync();
            await socket.ReceiveAsync(new byte[1000]);
            await socket.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig"u8.ToArray());
            // What was sent meanwhile is read: a reset would take the answer with it.
            var rest = new byte[64 * 1024];
            while (await socket.ReceiveAsync(rest) > 0)
            {
            }
        });
        using (var answer = await PostAsync("{\"x\":\"" + new string('y', 3_000_000) + "\"}", pool: pool))
        {
            Assert.Equal(413, answer.Status);
            Assert.Equal("big", await TextAsync(answer));
        }

        await serving;
    }

    [Fact]
    public async Task Interim_answers_are_read_over()
    {
        _upstream.Script = (_, reply) => RawAsync(reply, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        using var answer = await PostAsync("{}");

        Assert.Equal("ok", await TextAsync(answer));
        Assert.Empty(answer.Headers);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n")]
    public async Task Body_that_breaks_off_is_an_error_of_the_read(string raw)
    {
        _upstream.Script = (_, reply) => RawAsync(reply, raw, thenClose: true);
        using var answer = await PostAsync("{}");

        await Assert.ThrowsAsync<IOException>(() => TextAsync(answer));
    }

    [Fact]
    public async Task Body_without_framing_ends_with_the_connection()
    {
        _upstream.Script = (_, reply) => RawAsync(reply, "HTTP/1.0 200 OK\r\n\r\nall of it", thenClose: true);
        using var answer = await PostAsync("{}");

        Assert.Equal("all of it", await TextAsync(answer));
        Assert.Null(answer.ContentLength);
    }

    [Fact]
    public async Task End_is_known_as_soon_as_it_came()
    {
        _upstream.Script = (_, reply) => RawAsync(reply, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n");
        using var answer = await PostAsync("{}");
        var read = 0;
        var buffer = new byte[100];
        while (!answer.AtEnd)
        {
            read += await answer.ReadAsync(buffer.AsMemory(read), CancellationToken.None);
        }

        Assert.Equal("abcd", Encoding.ASCII.GetString(buffer, 0, read));
        Assert.Equal(0, await answer.ReadAsync(buffer, CancellationToken.None));
    }

    [Fact]
    public async Task Garbage_is_told_from_silence()
    {
        _upstream.Script = (_, reply) => RawAsync(reply, "220 mail ready\r\n", thenClose: true);
        Assert.Equal(UpstreamFault.Invalid, (await Assert.ThrowsAsync<UpstreamException>(() => PostAsync("{}"))).Fault);

        _upstream.Script = (_, reply) => RawAsync(reply, "HTTP/1.1 20", thenClose: true);
        Assert.Equal(UpstreamFault.Closed, (await Assert.ThrowsAsync<UpstreamException>(() => PostAsync("{}"))).Fault);
    }

    [Fact]
    public async Task Nobody_there_is_unreachable()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"http://{listener.LocalEndpoint}");
        listener.Stop();
        using var pool = new UpstreamPool(address, _time);

        Assert.Equal(UpstreamFault.Unreachable, (await Assert.ThrowsAsync<UpstreamException>(() => PostAsync("{}", pool: pool))).Fault);
    }

    [Fact]
    public async Task Connections_that_rest_too_long_are_closed()
    {
        using (var answer = await PostAsync("{}"))
        {
            await TextAsync(answer);
        }

        Assert.Equal(1, _pool.Resting);
        _time.Advance(UpstreamPool.RestingTime / 2);
        Assert.Equal(1, _pool.Resting);
        _time.Advance(UpstreamPool.RestingTime);
        Assert.Equal(0, _pool.Resting);
    }

    [Fact]
    public async Task Many_at_once_have_a_connection_each_and_their_own_answer()
    {
        _upstream.Script = (request, reply) => reply.JsonAsync(200, Encoding.UTF8.GetString(request.Body));
        var texts = await Task.WhenAll(Enumerable.Range(0, 64).Select(async i =>
        {
            using var answer = await PostAsync($"{{\"n\":{i}}}");
            return await TextAsync(answer);
        }));

        Assert.Equal(Enumerable.Range(0, 64).Select(i => $"{{\"n\":{i}}}"), texts);
    }

    [Fact]
    public async Task Connection_under_way_when_the_pool_is_disposed_ends_with_its_answer()
    {
        using var answer = await PostAsync("{}");
        _pool.Dispose();

        Assert.Equal("{}", await TextAsync(answer));
        answer.Dispose();
        Assert.Equal(0, _pool.Resting);
    }

    private async Task<UpstreamAnswer> PostAsync(string json, UpstreamPool? pool = null, CancellationToken cancellation = default)
    {
        using var body = new RequestBody(Encoding.UTF8.GetBytes(json));
        using var head = new RequestHead("POST", "/v1/chat/completions", "h");
        return await (pool ?? _pool).SendAsync(head, new BodyContent(body, []), cancellation);
    }

    private static async Task RawAsync(UpstreamReply reply, string text, bool thenClose = false)
    {
        await reply.RawAsync(Encoding.ASCII.GetBytes(text));
        if (thenClose)
        {
            reply.Cut();
        }
    }

    private static async Task<string> TextAsync(UpstreamAnswer answer) =>
        Encoding.UTF8.GetString((await answer.ReadAllAsync(1 << 20, CancellationToken.None))!);
}
