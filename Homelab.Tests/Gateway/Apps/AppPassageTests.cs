using System.Net;
using System.Net.WebSockets;
using System.Text;
using Homelab.Domain.Residency;
using Homelab.Gateway;
using Homelab.Gateway.Transport;

namespace Homelab.Tests.Gateway.Apps;

/// <summary>An app's own paths through the gateway: everything passes but what is ours, and a lease lasts as long as the connection.</summary>
public sealed class AppPassageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Request_reaches_the_app_below_its_name_and_its_answer_comes_back()
    {
        await using var test = await Passage.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Patch, "/apps/echo/a%20b/c?x=1&y=%2F") { Content = new StringContent("hello") };
        request.Headers.Add("x-mine", "kept");
        request.Headers.Add("x-forwarded-prefix", "/forged");
        request.Headers.Add("x-homelab-principal", "forged");
        request.Headers.Add("cookie", "session=0");
        using var answer = await test.Gateway.Client.SendAsync(request);
        Assert.Equal(207, (int)answer.StatusCode);
        Assert.Equal("said: hello", await answer.Content.ReadAsStringAsync());
        Assert.Equal("mine", Assert.Single(answer.Headers.GetValues("x-app")));
        Assert.Equal("session=1", Assert.Single(answer.Headers.GetValues("set-cookie")));
        Assert.StartsWith("node=tower; tier=local-hot", Assert.Single(answer.Headers.GetValues("x-homelab-route")), StringComparison.Ordinal);
        Assert.Single(answer.Headers.GetValues("x-request-id"));
        var (line, headers) = Assert.Single(test.App.Seen);
        Assert.Equal("PATCH /a%20b/c?x=1&y=%2F", line);
        Assert.Equal(("kept", "session=0", "/apps/echo", "127.0.0.1"), (headers["x-mine"], headers["cookie"], headers["x-forwarded-prefix"], headers["x-forwarded-for"]));
        Assert.Equal(test.Gateway.Address.Authority, headers["x-forwarded-host"]);
        Assert.DoesNotContain("x-homelab-principal", headers.Keys);
        Assert.Equal("apps/echo", Assert.Single(test.Gateway.Router.Demands).Model);
        Assert.Equal(0, test.Gateway.Router.Leases);
        var record = await test.Gateway.Usage.NextAsync();
        Assert.Equal((ForwardOutcome.Completed, "/apps/{name}"), (record.Outcome, record.Route));
    }

    [Fact]
    public async Task Answer_streams_while_it_is_made_and_holds_its_lease_to_the_end()
    {
        await using var test = await Passage.StartAsync();
        using var answer = await test.Gateway.Client.GetAsync("/apps/echo/stream", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("one", await reader.ReadLineAsync().WaitAsync(Patience));
        Assert.Equal(1, test.Gateway.Router.Leases);
        test.App.Go.Release();
        Assert.Equal("two", await reader.ReadLineAsync().WaitAsync(Patience));
        Assert.Null(await reader.ReadLineAsync().WaitAsync(Patience));
        await test.NoLeaseAsync();
    }

    [Fact]
    public async Task Client_that_leaves_gives_its_lease_back()
    {
        await using var test = await Passage.StartAsync();
        var answer = await test.Gateway.Client.GetAsync("/apps/echo/stream", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(1, test.Gateway.Router.Leases);
        answer.Dispose();
        await test.NoLeaseAsync();
    }

    [Fact]
    public async Task Web_socket_passes_both_ways_and_holds_its_lease_until_it_is_closed()
    {
        await using var test = await Passage.StartAsync();
        using var socket = await test.ConnectAsync();
        Assert.Equal("echo one", await AskAsync(socket, "one"));
        Assert.Equal("echo two", await AskAsync(socket, "two"));
        Assert.Equal(1, test.Gateway.Router.Leases);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None).WaitAsync(Patience);
        await test.App.SocketEnded.Task.WaitAsync(Patience);
        await test.NoLeaseAsync();
    }

    [Fact]
    public async Task Daemon_that_stops_cuts_a_web_socket()
    {
        await using var test = await Passage.StartAsync();
        using var socket = await test.ConnectAsync();
        Assert.Equal("echo one", await AskAsync(socket, "one"));
        test.Gateway.Surface.EndAsync().GetAwaiter();
        await test.App.SocketEnded.Task.WaitAsync(Patience);
        await test.NoLeaseAsync();
    }

    [Fact]
    public async Task Body_may_be_larger_than_what_models_may_be_asked()
    {
        await using var test = await Passage.StartAsync(o => o with { MaximumBodyBytes = 1 << 20 });
        using var content = new StreamContent(new MemoryStream(new byte[9 << 20]));
        using var answer = await test.Gateway.Client.PostAsync("/apps/echo/upload", content);
        Assert.Equal((9 << 20).ToString(System.Globalization.CultureInfo.InvariantCulture), await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Name_alone_leads_a_browser_below_the_slash_and_starts_nothing()
    {
        await using var test = await Passage.StartAsync();
        using var answer = await test.Gateway.Client.GetAsync("/apps/echo?a=b");
        Assert.Equal((HttpStatusCode.TemporaryRedirect, "/apps/echo/?a=b"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        Assert.Empty(test.Gateway.Router.Demands);
    }

    [Theory]
    [InlineData("/apps/")]
    [InlineData("/apps//x")]
    [InlineData("/apps/a%2Fb/x")]
    [InlineData("/apps/a:b/x")]
    [InlineData("/apps/..%2Fetc/x")]
    public async Task What_is_no_name_of_an_app_is_not_found(string path)
    {
        await using var test = await Passage.StartAsync();
        using var answer = await test.Gateway.Client.PostAsync(path, null);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("model_not_found", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(test.App.Seen);
    }

    [Fact]
    public async Task Refusal_is_answered_in_our_words_and_the_app_is_not_asked()
    {
        await using var test = await Passage.StartAsync();
        test.Gateway.Router.Route = (_, _) => new ValueTask<RouteOutcome>(RouteOutcome.Of(new Refusal(RefusalReason.LoadFailed, "apps/echo could not be started on tower: exit code 3", TimeSpan.FromSeconds(7))));
        using var answer = await test.Gateway.Client.GetAsync("/apps/echo/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("exit code 3", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("7", answer.Headers.RetryAfter!.ToString());
    }

    [Fact]
    public async Task App_that_is_gone_is_named()
    {
        await using var test = await Passage.StartAsync();
        test.Gateway.Router.Upstream = Upstream(new Uri("http://127.0.0.1:1"), test.Gateway.Time);
        using var answer = await test.Gateway.Client.GetAsync("/apps/echo/");
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains("the app echo on tower closed the connection", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, test.Gateway.Router.Leases);
        Assert.Equal(("tower", LeaseFailure.Unreachable, null), Assert.Single(test.Gateway.Router.Failures));
    }

    [Fact]
    public async Task Request_that_finds_nobody_is_asked_a_lease_for_again_and_arrives_whole()
    {
        await using var test = await Passage.StartAsync();
        var (gone, here) = (Upstream(new Uri("http://127.0.0.1:1"), test.Gateway.Time), test.Gateway.Router.Upstream);
        var asked = 0;
        test.Gateway.Router.Route = (demand, _) => new ValueTask<RouteOutcome>(RouteOutcome.Of(test.Gateway.Router.Lease(demand.Model, upstream: asked++ == 0 ? gone : here)));

        using var answer = await test.Gateway.Client.PostAsync("/apps/echo/a", new StringContent("hello"));
        Assert.Equal((207, "said: hello"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(2, asked);
        await test.NoLeaseAsync();
    }

    [Fact]
    public async Task Key_of_ours_never_reaches_an_app_and_one_for_other_models_is_refused()
    {
        await using var test = await Passage.StartAsync(TestKeys.With, IPAddress.Parse("192.168.1.9"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/apps/echo/");
        request.Headers.Add("Authorization", "Bearer " + TestKeys.User);
        using var answer = await test.Gateway.Client.SendAsync(request);
        Assert.Equal(207, (int)answer.StatusCode);
        Assert.DoesNotContain("Authorization", Assert.Single(test.App.Seen).Headers.Keys);

        using var other = new HttpRequestMessage(HttpMethod.Get, "/apps/echo/");
        other.Headers.Add("x-api-key", TestKeys.Scoped);
        using var denied = await test.Gateway.Client.SendAsync(other);
        Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
        using var nobody = await test.Gateway.Client.GetAsync("/apps/echo/");
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        Assert.Single(test.App.Seen);
    }

    [Fact]
    public async Task Page_of_another_site_is_refused()
    {
        await using var test = await Passage.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/apps/echo/");
        request.Headers.Add("Origin", "https://evil.example");
        using var answer = await test.Gateway.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Empty(test.App.Seen);
    }

    [Fact]
    public async Task Other_machine_gets_the_path_as_it_is_its_own_credential_and_the_hop()
    {
        await using var test = await Passage.StartAsync(o => o with { NodeId = "node-1" });
        test.Gateway.Router.Upstream = new Upstream("hub", new UpstreamPool(test.App.Address, test.Gateway.Time), false, "homelab", "hub") { Credential = "secret-of-node" };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/apps/echo/x?q=1");
        request.Headers.Add("Authorization", "Bearer of-the-client");
        using var answer = await test.Gateway.Client.SendAsync(request);
        var (line, headers) = Assert.Single(test.App.Seen);
        Assert.Equal("GET /apps/echo/x?q=1", line);
        Assert.Equal(("Bearer secret-of-node", "1", "local", "node-1"), (headers["Authorization"], headers["x-homelab-hops"], headers["x-homelab-principal"], headers["x-homelab-origin"]));
        Assert.DoesNotContain("x-forwarded-prefix", headers.Keys);
        Assert.Equal("node=forged", Assert.Single(answer.Headers.GetValues("x-homelab-route")));
    }

    private static Upstream Upstream(Uri address, TimeProvider time) => new(address.Authority, new UpstreamPool(address, time), true, "app", "tower") { App = "echo" };

    private static async Task<string> AskAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None).WaitAsync(Patience);
        var buffer = new byte[4096];
        var got = await socket.ReceiveAsync(buffer, CancellationToken.None).WaitAsync(Patience);
        return Encoding.UTF8.GetString(buffer, 0, got.Count);
    }

    private sealed class Passage(GatewayServer gateway, EchoApp app) : IAsyncDisposable
    {
        public GatewayServer Gateway => gateway;

        public EchoApp App => app;

        public static async Task<Passage> StartAsync(Func<GatewayOptions, GatewayOptions>? options = null, IPAddress? from = null)
        {
            var app = await EchoApp.StartAsync();
            var gateway = await GatewayServer.StartAsync(options, remoteAddress: from);
            gateway.Router.Upstream = Upstream(app.Address, gateway.Time);
            return new Passage(gateway, app);
        }

        public async Task<ClientWebSocket> ConnectAsync()
        {
            var socket = new ClientWebSocket();
            await socket.ConnectAsync(new Uri($"ws://{gateway.Address.Authority}/apps/echo/ws"), CancellationToken.None).WaitAsync(Patience);
            return socket;
        }

        public Task NoLeaseAsync() => GatewayServer.UntilAsync(() => gateway.Router.Leases == 0, "every lease is back");

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            await gateway.DisposeAsync();
        }
    }
}
