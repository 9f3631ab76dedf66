using System.ClientModel;
using System.Net.Http.Json;
using System.Text.Json;
using Homelab.Tests.EndToEnd.Clients;
using OpenAI;
using OpenAI.Chat;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>Real clients against the hub, and against a laptop for models that only other machines have.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ClusterClientTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    public static TheoryData<string, string> Scenarios()
    {
        var data = new TheoryData<string, string>();
        foreach (var scenario in ClientScenario.All)
        {
            data.Add("hub", scenario.Name);
            data.Add("laptop", scenario.Name);
        }

        return data;
    }

    [ExecutableTheory]
    [MemberData(nameof(Scenarios))]
    public async Task Client_gets_what_it_needs_of_a_model_on_another_machine(string from, string scenario)
    {
        await ClientScenario.Named(scenario).RunAsync(SharedCluster.Target(await shared.FindAsync(from)));
        await (await shared.GetAsync()).IsIdleAsync();
    }

    [ExecutableTheory]
    [InlineData("hub", "node=tower; tier=cluster-")]
    [InlineData("laptop", "node=tower; tier=hub; engine=simulated; ")]
    public async Task Answer_names_the_machine_that_gave_it_and_the_way(string from, string route)
    {
        var process = await shared.FindAsync(from);
        foreach (var model in (string[])[SharedCluster.Chat, "CHAT:8B"])
        {
            var whole = await process.AskAsync(model);
            Assert.True(whole.Status == 200, $"{whole}");
            Assert.StartsWith(route, whole.Route, StringComparison.Ordinal);
            Assert.Contains($"\"model\":\"{model}\"", whole.Text, StringComparison.Ordinal);
            using var stream = await ClientStream.OpenAsync(process, model);
            Assert.StartsWith(route, stream.Route, StringComparison.Ordinal);
            await stream.RestAsync();
            Assert.True(stream.IsWhole, stream.Text);
        }
    }

    [ExecutableTheory]
    [InlineData("hub")]
    [InlineData("laptop")]
    public async Task Cluster_looks_like_one_big_Ollama(string from)
    {
        var process = await shared.FindAsync(from);
        Assert.Equal(200, (await process.AskAsync(SharedCluster.Chat)).Status);
        Assert.Equal("Ollama is running", await process.Http.GetStringAsync(new Uri("", UriKind.Relative)));
        var version = await process.Http.GetFromJsonAsync<JsonElement>("api/version");
        Assert.Matches(@"^\d+\.\d+", version.GetProperty("version").GetString());
        var tags = (await process.Http.GetFromJsonAsync<JsonElement>("api/tags")).GetProperty("models").EnumerateArray().ToList();
        foreach (var name in (string[])[SharedCluster.Chat, SharedCluster.Embedder, SharedCluster.Small])
        {
            var entry = Assert.Single(tags, t => t.GetProperty("name").GetString() == name);
            Assert.Equal(name, entry.GetProperty("model").GetString());
            Assert.True(entry.GetProperty("size").GetInt64() > 0);
            Assert.Equal(JsonValueKind.Object, entry.GetProperty("details").ValueKind);
        }

        await Eventually.BecomesAsync(
            "GET /api/ps",
            SharedCluster.Chat,
            async () => string.Join(", ", (await process.Http.GetFromJsonAsync<JsonElement>("api/ps")).GetProperty("models").EnumerateArray().Select(m => m.GetProperty("name").GetString())),
            running => running.Contains(SharedCluster.Chat, StringComparison.Ordinal));
        var show = await process.SendAsync("api/show", $$"""{"model":"{{SharedCluster.Chat}}"}""");
        Assert.True(show.Status == 200, $"{show}");
        Assert.Contains("model_info", show.Text, StringComparison.Ordinal);
        var chat = await process.SendAsync("api/chat", $$"""{"model":"{{SharedCluster.Chat}}","stream":false,"messages":[{"role":"user","content":"hi"}]}""");
        Assert.True(chat.Status == 200, $"{chat}");
        Assert.True(JsonDocument.Parse(chat.Text).RootElement.GetProperty("done").GetBoolean());
        foreach (var path in (string[])["api/create", "api/push", "api/copy"])
        {
            Assert.Equal(403, (await process.SendAsync(path, """{"model":"chat:8b"}""")).Status);
        }
    }

    [ExecutableFact]
    public async Task Server_with_a_service_key_uses_the_hub_and_its_use_is_counted_by_that_name()
    {
        var cluster = await shared.GetAsync();
        var made = await cluster.Hub.CommandAsync("keys", "add", "n8n", "--models", "chat*", "--models", "embed*");
        Assert.True(made.ExitCode == 0, $"{made}");
        var key = made.Output.Trim();
        Assert.StartsWith("hl_key_", key, StringComparison.Ordinal);
        var client = new ChatClient(SharedCluster.Chat, new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(cluster.Hub.Url, "v1") });
        Assert.NotEmpty((await client.CompleteChatAsync([new UserChatMessage("hi")])).Value.Content[0].Text);
        await Eventually.BecomesAsync(
            "GET /homelab/v1/usage",
            "a request of n8n on tower",
            () => cluster.Hub.Http.GetStringAsync(new Uri("homelab/v1/usage", UriKind.Relative)),
            usage => JsonDocument.Parse(usage).RootElement.GetProperty("rows").EnumerateArray().Any(r =>
                r.GetProperty("key").GetString() == "n8n" && r.GetProperty("model").GetString() == SharedCluster.Chat && r.GetProperty("node").GetString() == "tower" && r.GetProperty("requests").GetInt32() == 1));

        // It sees and may use its own models only, wherever it comes from.
        var listed = await ListAsync(cluster.Hub, key);
        Assert.Equal(["chat:8b", "embedder:latest", "genius"], listed.Order(StringComparer.Ordinal));
        var other = await cluster.Hub.AskAsync(SharedCluster.Small, headers: ("Authorization", "Bearer " + key));
        Assert.Equal((403, "insufficient_permissions"), (other.Status, other.Code));
        Assert.Equal(200, (await cluster.Hub.AskAsync("genius", headers: [("Authorization", "Bearer " + key), ("X-Forwarded-For", "203.0.113.9")])).Status);
        Assert.Equal(403, (await cluster.Hub.SendAsync("homelab/v1/join-tokens", "{}", ("Authorization", "Bearer " + key))).Status);
        Assert.Equal(0, (await cluster.Hub.CommandAsync("keys", "revoke", "n8n")).ExitCode);
    }

    [ExecutableTheory]
    [InlineData("hub")]
    [InlineData("laptop")]
    public async Task Caller_that_writes_headers_between_machines_gains_and_loses_nothing(string from)
    {
        var cluster = await shared.GetAsync();
        var process = await shared.FindAsync(from);
        var tower = (await cluster.FindAsync("tower"))!.Value.GetProperty("id").GetString()!;
        var reply = await process.AskAsync(SharedCluster.Chat, headers: [("x-homelab-hops", "5"), ("x-homelab-principal", "somebody-else"), ("x-homelab-origin", tower), ("x-homelab-refused", "model_not_found")]);
        Assert.True(reply.Status == 200, $"{reply}");
        Assert.Contains("node=tower", reply.Route, StringComparison.Ordinal);
        var unknown = await process.AskAsync("nowhere:1b", headers: ("x-homelab-hops", "1"));
        Assert.Equal((404, "model_not_found"), (unknown.Status, unknown.Code));
        foreach (var who in (HomelabProcess[])[cluster.Hub, .. cluster.Nodes.Values])
        {
            Assert.DoesNotContain("somebody-else", await who.Http.GetStringAsync(new Uri("homelab/v1/usage", UriKind.Relative)), StringComparison.Ordinal);
        }

        var admin = await process.SendAsync("homelab/v1/models/load", """{"model":"chat:8b"}""", ("X-Forwarded-For", "203.0.113.9"), ("x-homelab-hops", "1"), ("x-homelab-principal", "admin"));
        Assert.Equal((401, "invalid_api_key"), (admin.Status, admin.Code));
    }

    private static async Task<IReadOnlyList<string>> ListAsync(HomelabProcess process, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models");
        request.Headers.Add("Authorization", "Bearer " + key);
        using var answer = await process.Http.SendAsync(request);
        var listed = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return [.. listed.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()!)];
    }
}
