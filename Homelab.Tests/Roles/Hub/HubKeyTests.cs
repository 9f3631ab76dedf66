using System.Net;
using System.Text;
using System.Text.Json;
using Homelab.Configuration;
using Homelab.Contracts;

namespace Homelab.Tests.Roles.Hub;

/// <summary>Service keys and the admin key: what they open, for how long, and where they are kept.</summary>
public sealed class HubKeyTests
{
    [Fact]
    public async Task The_admin_key_is_printed_once_and_only_at_the_first_start()
    {
        await using var hub = await HubFixture.StartAsync();
        var key = hub.AdminKey!;
        Assert.Matches("^hl_admin_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}$", key);
        Assert.Single(hub.Words.Split('\n'), l => l.Contains(key, StringComparison.Ordinal));
        Assert.DoesNotContain(key, hub.Log.Text);

        await hub.RestartAsync();

        Assert.DoesNotContain("hl_admin_", hub.Words);
        Assert.Equal(HttpStatusCode.OK, await Status(hub, HttpMethod.Get, ControlRoutes.Keys, key));
    }

    [Fact]
    public async Task A_configured_admin_key_is_not_made_again_and_holds_as_long_as_it_stands_there()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Hub.AdminKey = "my-own-admin-key");

        Assert.Null(hub.AdminKey);
        Assert.Equal(HttpStatusCode.OK, await Status(hub, HttpMethod.Get, ControlRoutes.Keys, "my-own-admin-key"));
        using var revoked = await hub.SendAsync(HttpMethod.Delete, ControlRoutes.Keys + "/admin");
        Assert.Equal(HttpStatusCode.Conflict, revoked.StatusCode);
        Assert.DoesNotContain("my-own-admin-key", await hub.TextAsync(ControlRoutes.Keys));
    }

    [Fact]
    public async Task No_secret_is_on_the_disk_in_the_log_in_events_or_in_lists()
    {
        await using var hub = await HubFixture.StartAsync(c =>
        {
            c.Hub.JoinToken = "standing-secret-token";
            c.Hub.ServiceKeys.Add(new ServiceKeyConfig { Name = "ha", Key = "configured-secret-key", Models = ["*"] });
        });
        var token = await hub.JoinTokenAsync();
        var key = await hub.KeyAsync("n8n", ["qwen3:*"], 600);
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        (await hub.ChatAsync("qwen3:8b", key)).Dispose();
        (await hub.ChatAsync("qwen3:8b", "wrong-secret-key-of-a-user")).Dispose();
        (await node.TryJoinAsync("wrong-secret-token")).Dispose();
        await hub.PassAsync(TimeSpan.FromSeconds(3));
        var seen = new StringBuilder(hub.Log.Text);
        foreach (var path in new[] { ControlRoutes.Keys, ControlRoutes.Nodes, ControlRoutes.Models, ControlRoutes.Status, ControlRoutes.Usage, ControlRoutes.Events + "?follow=false", "/metrics", ControlRoutes.OpenApi })
        {
            seen.Append(await hub.TextAsync(path));
        }

        foreach (var file in Directory.GetFiles(hub.StateFolder, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            seen.Append(await reader.ReadToEndAsync());
        }

        var everything = seen.ToString();
        Assert.Contains("n8n", everything);
        foreach (var secret in new[] { token, key, node.Credential, node.AccessKey, hub.AdminKey!, "standing-secret-token", "configured-secret-key", "wrong-secret-key-of-a-user", "wrong-secret-token" })
        {
            Assert.DoesNotContain(secret, everything);
            Assert.DoesNotContain(secret.StartsWith("hl_", StringComparison.Ordinal) ? secret.Split('_')[3] : secret, everything);
        }
    }

    [Fact]
    public async Task A_revoked_key_is_out_of_force_with_the_next_request_and_after_a_restart()
    {
        await using var hub = await HubFixture.StartAsync();
        var key = await hub.KeyAsync("n8n");
        Assert.Equal(HttpStatusCode.OK, await Status(hub, HttpMethod.Get, ControlRoutes.Status, key));

        Assert.Equal(HttpStatusCode.OK, await Status(hub, HttpMethod.Delete, ControlRoutes.Keys + "/n8n", hub.AdminKey));

        Assert.Equal(HttpStatusCode.Unauthorized, await Status(hub, HttpMethod.Get, ControlRoutes.Status, key));
        await hub.RestartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(hub, HttpMethod.Get, ControlRoutes.Status, key));
        Assert.Equal(HttpStatusCode.NotFound, await Status(hub, HttpMethod.Delete, ControlRoutes.Keys + "/n8n", hub.AdminKey));
    }

    [Fact]
    public async Task A_key_is_revoked_by_its_id_too_and_a_nodes_only_with_the_node()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a");
        await hub.KeyAsync("n8n");
        var keys = await KeysAsync(hub);

        Assert.Equal(HttpStatusCode.Conflict, await Status(hub, HttpMethod.Delete, $"{ControlRoutes.Keys}/{keys.Single(k => k.Kind == "node").Id}", hub.AdminKey));
        Assert.Equal(HttpStatusCode.OK, await Status(hub, HttpMethod.Delete, $"{ControlRoutes.Keys}/{keys.Single(k => k.Name == "n8n").Id}", hub.AdminKey));
        Assert.DoesNotContain("n8n", (await KeysAsync(hub)).Select(k => k.Name));
    }

    [Theory]
    [InlineData("n8n")]
    [InlineData("N8N")]
    [InlineData("admin")]
    [InlineData("Admin")]
    [InlineData("ha")]
    public async Task Names_are_given_once(string name)
    {
        await using var hub = await HubFixture.StartAsync(c => c.Hub.ServiceKeys.Add(new ServiceKeyConfig { Name = "ha", Key = "configured-secret-key", Models = ["*"] }));
        await hub.KeyAsync("n8n");

        using var answer = await hub.SendAsync(HttpMethod.Post, ControlRoutes.Keys, JsonSerializer.Serialize(new KeyRequestWire(name), ContractsJson.Default.KeyRequestWire));

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
    }

    [Theory]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"name":"a\nb"}""", "name")]
    [InlineData("""{}""", "name")]
    [InlineData("""{"name":"x","models":[]}""", "models")]
    [InlineData("""{"name":"x","models":[""]}""", "models")]
    [InlineData("""{"name":"x","models":[null]}""", "models")]
    [InlineData("""{"name":"x","requests_per_minute":0}""", "requests_per_minute")]
    [InlineData("""{"name":"x","ttl_seconds":-1}""", "ttl_seconds")]
    [InlineData("""{"name":"x","ttl_seconds":1e300}""", "ttl_seconds")]
    public async Task What_is_wrong_with_a_wanted_key_is_said(string body, string field)
    {
        await using var hub = await HubFixture.StartAsync();

        var (status, code, message) = await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.Keys, body));

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (status, code));
        Assert.StartsWith(field, message);
    }

    [Theory]
    [InlineData("""{"uses":0}""")]
    [InlineData("""{"uses":100000}""")]
    [InlineData("""{"ttl_seconds":0}""")]
    [InlineData("""{"ttl_seconds":1e300}""")]
    public async Task What_is_wrong_with_a_wanted_token_is_said(string body)
    {
        await using var hub = await HubFixture.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Post, ControlRoutes.JoinTokens, body))).Status);
    }

    [Fact]
    public async Task A_key_ends_with_its_life()
    {
        await using var hub = await HubFixture.StartAsync();
        var key = await hub.KeyAsync("guest", life: 3600);
        Assert.Equal(HttpStatusCode.OK, await Status(hub, HttpMethod.Get, ControlRoutes.Status, key));

        hub.Time.Advance(TimeSpan.FromMinutes(61));

        Assert.Equal(HttpStatusCode.Unauthorized, await Status(hub, HttpMethod.Get, ControlRoutes.Status, key));
    }

    [Fact]
    public async Task A_scoped_key_sees_and_uses_its_models_and_no_others()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Holds("qwen3:8b").Holds("gemma3:latest").Has("llama3.1:70b", aliases: ["big"]));
        await hub.PassAsync(TimeSpan.FromSeconds(1));
        var key = await hub.KeyAsync("n8n", ["qwen3:*", "gemma3"]);

        Assert.Equal(["gemma3:latest", "qwen3:8b"], IdsOf(await hub.TextAsync("/v1/models", key)));
        Assert.Equal(["gemma3:latest", "qwen3:8b"], (await hub.GetAsync(ControlRoutes.Models, ContractsJson.Default.IReadOnlyListModelWire, key)).Select(m => m.Name));
        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b", key)));
        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.ChatAsync("gemma3", key)));
        var (status, code, _) = await HeartbeatTests.ErrorOf(hub.ChatAsync("llama3.1:70b", key));
        Assert.Equal((HttpStatusCode.Forbidden, "insufficient_permissions"), (status, code));
        Assert.Equal(HttpStatusCode.Forbidden, await HeartbeatTests.StatusOf(hub.ChatAsync("big", key)));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(hub, HttpMethod.Get, ControlRoutes.Explain + "?model=big", key));
        Assert.Equal(HttpStatusCode.Forbidden, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Post, "/api/show", """{"model":"llama3.1:70b"}""", key, far: true)));
    }

    [Fact]
    public async Task A_key_beyond_its_rate_is_asked_to_wait_and_others_are_not()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var (slow, free) = (await hub.KeyAsync("slow", perMinute: 2), await hub.KeyAsync("free"));
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 4; i++)
        {
            statuses.Add(await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b", slow)));
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        using var refused = await hub.ChatAsync("qwen3:8b", slow);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b", free)));
    }

    [Fact]
    public async Task The_last_use_of_a_key_is_shown_and_kept()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));
        var key = await hub.KeyAsync("n8n");
        Assert.Null((await KeysAsync(hub)).Single(k => k.Name == "n8n").LastUsedAt);
        var at = hub.Time.GetUtcNow();

        (await hub.ChatAsync("qwen3:8b", key)).Dispose();
        await hub.AdvanceUntilAsync("the use is noted", TimeSpan.FromSeconds(1), async () => (await KeysAsync(hub)).Single(k => k.Name == "n8n").LastUsedAt >= at);

        await hub.RestartAsync();
        Assert.True((await KeysAsync(hub)).Single(k => k.Name == "n8n").LastUsedAt >= at);
    }

    [Fact]
    public async Task Configured_keys_are_listed_without_their_secrets_and_cannot_be_revoked_here()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Hub.ServiceKeys.Add(new ServiceKeyConfig { Name = "ha", Key = "configured-secret-key", Models = ["qwen3:*"], RequestsPerMinute = 60 }));

        var key = (await KeysAsync(hub)).Single(k => k.Name == "ha");
        Assert.Equal((true, false, 60), (key.Configured, key.Admin, key.RequestsPerMinute));
        Assert.Equal(HttpStatusCode.Conflict, await Status(hub, HttpMethod.Delete, ControlRoutes.Keys + "/ha", hub.AdminKey));
        Assert.Equal(HttpStatusCode.OK, await Status(hub, HttpMethod.Get, ControlRoutes.Status, "configured-secret-key"));
    }

    internal static IEnumerable<string> IdsOf(string list) => JsonDocument.Parse(list).RootElement.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()!).Order(StringComparer.Ordinal);

    private static Task<IReadOnlyList<KeyWire>> KeysAsync(HubFixture hub) => hub.GetAsync(ControlRoutes.Keys, ContractsJson.Default.IReadOnlyListKeyWire);

    private static Task<HttpStatusCode> Status(HubFixture hub, HttpMethod method, string path, string? key) => HeartbeatTests.StatusOf(hub.SendAsync(method, path, key: key, far: true));
}
