using System.Net;
using System.Text.Json.Nodes;
using Homelab.Gateway.Access;

namespace Homelab.Tests.Gateway.Access;

/// <summary>Keys, Host, Origin: who may call, on every endpoint of a listener.</summary>
public sealed class AccessTests
{
    private static readonly IPAddress Lan = IPAddress.Parse("192.168.1.7");

    public static TheoryData<string, string> Endpoints => new()
    {
        { "POST", "/v1/chat/completions" }, { "POST", "/v1/messages" }, { "GET", "/v1/models" }, { "GET", "/v1/models/x" }, { "GET", "/api/tags" }, { "POST", "/api/chat" },
        { "POST", "/api/pull" }, { "DELETE", "/api/delete" }, { "GET", "/api/version" }, { "POST", "/api/create" }, { "POST", "/v1/rerank" }, { "GET", "/v1/unknown" },
        { "GET", "/homelab/v1/status" }, { "POST", "/homelab/v1/models/load" },
    };

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Without_a_key_every_endpoint_refuses_the_network_with_the_same_words(string method, string path)
    {
        await using var server = await StartAsync();
        var bodies = new List<string>();
        foreach (var header in new (string, string)[] { ("x", "y"), ("Authorization", "Bearer wrong"), ("x-api-key", "' OR 1=1 --"), ("api-key", new string('k', 10_000)), ("Authorization", "Basic a2V5"), ("Authorization", "Bearer") })
        {
            using var answer = await server.SendAsync(new HttpMethod(method), path, null, header);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
            bodies.Add(await answer.Content.ReadAsStringAsync());
        }

        Assert.Single(bodies.Distinct());
        Assert.Empty(server.Router.Demands);
        Assert.Empty(server.Upstream.Requests);
    }

    [Theory]
    [InlineData("Authorization", "Bearer sk-user")]
    [InlineData("Authorization", "bearer sk-user")]
    [InlineData("x-api-key", "sk-user")]
    [InlineData("api-key", "sk-user")]
    public async Task Key_is_taken_from_every_door_and_named_in_demand_and_usage(string header, string value)
    {
        await using var server = await StartAsync();
        using var answer = await server.PostAsync("/v1/chat/completions", "{\"model\":\"tiny\"}", (header, value));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("n8n", server.Router.Demands.Single().Principal.Name);
        Assert.Equal("n8n", (await server.Usage.NextAsync()).Principal);
        using var status = await server.SendAsync(HttpMethod.Get, "/homelab/v1/status", null, (header, value));
        Assert.Equal("n8n", await status.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Two_keys_that_differ_are_refused_and_two_that_agree_are_one()
    {
        await using var server = await StartAsync();
        using var differ = await server.SendAsync(HttpMethod.Get, "/v1/models", null, ("Authorization", "Bearer sk-user"), ("x-api-key", "sk-admin"));
        using var agree = await server.SendAsync(HttpMethod.Get, "/v1/models", null, ("Authorization", "Bearer sk-user"), ("x-api-key", "sk-user"));

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (differ.StatusCode, agree.StatusCode));
    }

    [Theory]
    [InlineData("POST", "/api/pull", "{\"model\":\"tiny\"}")]
    [InlineData("DELETE", "/api/delete", "{\"model\":\"tiny\"}")]
    [InlineData("POST", "/api/generate", "{\"model\":\"tiny\",\"keep_alive\":0}")]
    [InlineData("POST", "/homelab/v1/models/load", "{}")]
    public async Task Only_an_admin_key_changes_what_is_installed_or_loaded(string method, string path, string body)
    {
        await using var server = await StartAsync();
        using var user = await server.SendAsync(new HttpMethod(method), path, new StringContent(body), ("x-api-key", "sk-user"));
        using var admin = await server.SendAsync(new HttpMethod(method), path, new StringContent(body), ("x-api-key", "sk-admin"));

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.OK), (user.StatusCode, admin.StatusCode));
        var error = JsonNode.Parse(await user.Content.ReadAsStringAsync())!["error"]!;
        Assert.Contains("admin", error is JsonValue ? error.GetValue<string>() : error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_wrong_keys_a_minute_then_429_and_free_again_after_it()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(401, await StatusAsync("wrong" + i));
        }

        Assert.Equal(429, await StatusAsync("wrong"));
        Assert.Equal(429, await StatusAsync("sk-user"));
        server.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, await StatusAsync("sk-user"));

        async Task<int> StatusAsync(string key)
        {
            using var answer = await server.SendAsync(HttpMethod.Get, "/v1/models", null, ("x-api-key", key));
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public void A_flood_of_addresses_does_not_grow_the_table_without_bound()
    {
        var limiter = new FailureLimiter(TimeProvider.System);
        for (var i = 0; i < 20_000; i++)
        {
            limiter.CountFailure(new IPAddress(i));
            Assert.InRange(limiter.Addresses, 1, FailureLimiter.MaximumAddresses);
        }
    }

    [Fact]
    public async Task Loopback_needs_no_key_and_minds_no_dummy_but_a_proxy_in_between_does()
    {
        await using var server = await GatewayServer.StartAsync(o => o with { Keys = Keys() });
        Assert.Equal("local", await server.Client.GetStringAsync("/homelab/v1/status"));
        using var dummy = await server.SendAsync(HttpMethod.Get, "/homelab/v1/status", null, ("Authorization", "Bearer ollama"));
        Assert.Equal("local", await dummy.Content.ReadAsStringAsync());
        using var named = await server.SendAsync(HttpMethod.Get, "/homelab/v1/status", null, ("Authorization", "Bearer sk-user"));
        Assert.Equal("n8n", await named.Content.ReadAsStringAsync());
        foreach (var proxied in (string[])["X-Forwarded-For", "Forwarded", "X-Real-IP", "Cf-Connecting-Ip"])
        {
            using var tunnelled = await server.SendAsync(HttpMethod.Get, "/homelab/v1/status", null, (proxied, "203.0.113.9"));
            Assert.Equal(HttpStatusCode.Unauthorized, tunnelled.StatusCode);
        }
    }

    [Theory]
    [InlineData("evil.example", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("host.docker.internal:42420", 200)]
    [InlineData("host.containers.internal", 200)]
    [InlineData("other.docker.internal", 403)]
    [InlineData("evil.example:42420", 403)]
    [InlineData("127.0.0.1.evil.example", 403)]
    [InlineData("localhost", 200)]
    [InlineData("localhost:42420", 200)]
    [InlineData("LOCALHOST.", 200)]
    [InlineData("127.0.0.1:1", 200)]
    [InlineData("[::1]:42420", 200)]
    [InlineData("192.168.1.20", 200)]
    [InlineData("tower:42420", 200)]
    [InlineData("tower.local", 200)]
    [InlineData("ai.example.org", 200)]
    [InlineData("a.lab.example.org", 200)]
    [InlineData("lab.example.org.evil", 403)]
    public async Task Acceptance_37_host_that_is_not_this_machines_is_refused_everywhere(string host, int status)
    {
        await using var server = await GatewayServer.StartAsync(o => o with { AllowedHosts = ["ai.example.org", "*.lab.example.org"] });
        foreach (var path in (string[])["/v1/models", "/api/tags", "/", "/healthz", "/homelab/v1/status"])
        {
            var text = await server.RawAsync($"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            Assert.StartsWith($"HTTP/1.1 {status} ", text, StringComparison.Ordinal);
            Assert.Equal(status == 403, text.Contains("daemon.allowed_hosts", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Request_without_a_host_is_a_400()
    {
        await using var server = await GatewayServer.StartAsync();
        Assert.StartsWith("HTTP/1.1 400 ", await server.RawAsync("GET /v1/models HTTP/1.0\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", await server.RawAsync("GET /healthz HTTP/1.0\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://evil.example", false)]
    [InlineData("null", false)]
    [InlineData("http://localhost.evil.example", false)]
    [InlineData("http://localhost:3000.evil.example", false)]
    [InlineData("file://localhost", false)]
    [InlineData("http://localhost:3000", true)]
    [InlineData("https://127.0.0.1", true)]
    [InlineData("http://[::1]:5173", true)]
    [InlineData("https://chat.example.org", true)]
    [InlineData("vscode-webview://abc", true)]
    [InlineData("app://obsidian.md", true)]
    [InlineData("tauri://localhost", true)]
    [InlineData("chrome-extension://abc", true)]
    [InlineData("moz-extension://abc", false)]
    [InlineData("apps://x", false)]
    public async Task Acceptance_37_page_of_a_foreign_origin_is_refused_everywhere_and_an_allowed_one_gets_cors(string origin, bool allowed)
    {
        await using var server = await GatewayServer.StartAsync(o => o with { AllowedOrigins = ["https://chat.example.org/", "chrome-extension://*"] });
        foreach (var (method, path) in new[] { ("GET", "/v1/models"), ("GET", "/healthz"), ("POST", "/homelab/v1/models/load"), ("POST", "/v1/chat/completions") })
        {
            using var content = method == "POST" ? new StringContent("{\"model\":\"tiny\"}", System.Text.Encoding.UTF8, "application/json") : null;
            using var answer = await server.SendAsync(new HttpMethod(method), path, content, ("Origin", origin));
            Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Equal(allowed ? origin : null, answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null);
        }

        Assert.Equal(allowed ? 1 : 0, server.Router.Demands.Count);
    }

    [Fact]
    public async Task Preflight_of_an_allowed_origin_is_answered_without_a_key_and_of_another_refused()
    {
        await using var server = await StartAsync();
        foreach (var path in (string[])["/v1/chat/completions", "/homelab/v1/status", "/api/chat"])
        {
            using var good = await server.SendAsync(HttpMethod.Options, path, null, ("Origin", "http://localhost:3000"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization, x-stainless-os"), ("Access-Control-Request-Private-Network", "true"));
            using var bad = await server.SendAsync(HttpMethod.Options, path, null, ("Origin", "http://evil.example"), ("Access-Control-Request-Method", "POST"));

            Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Forbidden), (good.StatusCode, bad.StatusCode));
            Assert.Equal("authorization, x-stainless-os", good.Headers.GetValues("Access-Control-Allow-Headers").Single());
            Assert.Equal("http://localhost:3000", good.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Equal("true", good.Headers.GetValues("Access-Control-Allow-Private-Network").Single());
        }
    }

    [Theory]
    [InlineData("text/plain", "Origin", "http://localhost:3000", 415)]
    [InlineData("application/x-www-form-urlencoded", "Origin", "http://localhost:3000", 415)]
    [InlineData("text/plain", "Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("application/json", "Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("application/json", "Sec-Fetch-Site", "same-origin", 200)]
    public async Task Form_of_another_site_starts_no_load(string type, string header, string value, int status)
    {
        await using var server = await GatewayServer.StartAsync();
        using var content = new StringContent("{\"model\":\"tiny\"}", System.Text.Encoding.UTF8, type);
        using var answer = await server.SendAsync(HttpMethod.Post, "/v1/chat/completions", content, (header, value));

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 200 ? 1 : 0, server.Router.Demands.Count);
    }

    [Fact]
    public async Task Link_to_the_start_page_from_another_site_is_followed()
    {
        await using var server = await GatewayServer.StartAsync();
        using var answer = await server.SendAsync(HttpMethod.Get, "/", null, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Endpoint_without_a_declared_rule_is_refused_even_to_an_admin()
    {
        await using var server = await GatewayServer.StartAsync();
        using var answer = await server.Client.GetAsync("/forgotten");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Options_without_an_origin_names_the_methods()
    {
        await using var server = await StartAsync();
        using var answer = await server.SendAsync(HttpMethod.Options, "/v1/models", null);
        Assert.Equal((HttpStatusCode.NoContent, "GET, HEAD, OPTIONS"), (answer.StatusCode, string.Join(", ", answer.Content.Headers.Allow)));
    }

    [Fact]
    public void Key_ring_keeps_no_key_in_the_clear()
    {
        var entry = KeyRing.Entry("n8n", "sk-user", false);
        Assert.Equal(32, entry.Hash.Length);
        Assert.DoesNotContain("sk-user", entry.ToString(), StringComparison.Ordinal);
    }

    private static KeySource Keys() => new(new KeyRing([KeyRing.Entry("n8n", "sk-user", false), KeyRing.Entry("boss", "sk-admin", true)]));

    private static Task<GatewayServer> StartAsync() => GatewayServer.StartAsync(o => o with { Keys = Keys() }, remoteAddress: Lan);
}
