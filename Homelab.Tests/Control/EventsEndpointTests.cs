using System.Net.Sockets;
using System.Text;
using Homelab.Control;
using Homelab.Domain.Residency;
using Homelab.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Control;

/// <summary>The event feed over HTTP: followed, resumed, and what becomes of readers that do not read.</summary>
public sealed class EventsEndpointTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly HomelabMetrics _metrics = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly EventFeed _feed;
    private readonly WebApplication _app;
    private int _requests;

    public EventsEndpointTests()
    {
        _feed = new EventFeed(_time, "tower", _metrics);
        var endpoint = new EventsEndpoint(_feed, _time, _stopping.Token);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.Listen(System.Net.IPAddress.Loopback, 0);
            server.Limits.MinResponseDataRate = null;
        });
        _app = builder.Build();
        _app.MapGet("/events", async context =>
        {
            Interlocked.Increment(ref _requests);
            try
            {
                await endpoint.HandleAsync(context);
            }
            finally
            {
                Interlocked.Decrement(ref _requests);
            }
        });
    }

    public Task InitializeAsync() => _app.StartAsync();

    public async Task DisposeAsync()
    {
        await _stopping.CancelAsync();
        _http.Dispose();
        await _app.StopAsync(new CancellationToken(true));
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    [Fact]
    public async Task A_follower_gets_what_was_kept_and_what_comes()
    {
        Publish("before");
        using var reader = await FollowAsync("");
        Assert.Contains("before", await NextAsync(reader));

        Publish("after");

        Assert.Contains("after", await NextAsync(reader));
    }

    [Fact]
    public async Task A_follower_resumes_after_the_last_id_it_names()
    {
        Publish("one");
        Publish("two");
        var first = _feed.Since(0).First().Id;
        using var request = new HttpRequestMessage(HttpMethod.Get, Address("?since=0"));
        request.Headers.Add("Last-Event-ID", first.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        Assert.Contains("two", await NextAsync(reader));
    }

    [Fact]
    public async Task A_quiet_stream_gets_a_comment_and_the_next_event_all_the_same()
    {
        using var reader = await FollowAsync("");
        var line = reader.ReadLineAsync();
        while (!line.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(line, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
        }

        Assert.StartsWith(":", await line);
        Publish("after the comment");
        Assert.Contains("after the comment", await NextAsync(reader));
    }

    [Fact]
    public async Task A_follower_that_leaves_leaves_nothing_behind()
    {
        var reader = await FollowAsync("");
        Assert.Equal(1, _feed.Readers);

        reader.Dispose();

        await UntilAsync("the reader is gone", () => _feed.Readers == 0 && Volatile.Read(ref _requests) == 0);
    }

    [Fact]
    public async Task A_reader_that_does_not_read_is_dropped_and_its_connection_closed()
    {
        using var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(System.Net.IPAddress.Loopback, new Uri(_app.Urls.First()).Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
        await UntilAsync("it follows", () => _feed.Readers == 1);

        var large = new string('x', 30_000);
        await UntilAsync("it is cut off", () =>
        {
            Publish(large);
            return _feed.Readers == 0;
        });
        await UntilAsync("its request is over", () =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            return Volatile.Read(ref _requests) == 0;
        });

        Assert.Equal(1, _metrics.EventsDropped.Value);
    }

    [Fact]
    public async Task The_end_of_the_role_ends_every_stream()
    {
        using var reader = await FollowAsync("");

        await _stopping.CancelAsync();

        Assert.Null(await reader.ReadLineAsync().WaitAsync(Limit, TimeProvider.System));
        await UntilAsync("nobody follows", () => _feed.Readers == 0);
    }

    [Theory]
    [InlineData("?since=yesterday")]
    [InlineData("?since=-1")]
    [InlineData("?since=1e9")]
    public async Task What_is_no_id_is_400(string query)
    {
        using var answer = await _http.GetAsync(Address(query));

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private Uri Address(string query) => new(_app.Urls.First() + "/events" + query);

    private void Publish(string message) => _feed.Publish(Announcement.Of("test", null, message));

    private async Task<StreamReader> FollowAsync(string query)
    {
        var answer = await _http.GetAsync(Address(query), HttpCompletionOption.ResponseHeadersRead);
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await UntilAsync("it follows", () => _feed.Readers == 1);
        return reader;
    }

    private static async Task<string> NextAsync(StreamReader reader)
    {
        while (true)
        {
            var line = await reader.ReadLineAsync().WaitAsync(Limit, TimeProvider.System) ?? throw new EndOfStreamException();
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return line;
            }
        }
    }

    private static async Task UntilAsync(string what, Func<bool> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, $"waited in vain until {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(3), TimeProvider.System);
        }
    }
}
