using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Homelab.Contracts;
using Homelab.Tests.Roles.Daemon.Infra;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>A log of one machine is read at the hub, by processes of the published executable.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ClusterInfraTests
{
    [ExecutableFact]
    public async Task Log_of_another_machine_is_read_at_the_hub_by_a_key_made_for_it_and_everything_else_is_refused()
    {
        using var folder = new InfraFolder();
        var log = string.Concat(Enumerable.Range(0, 8000).Select(i => $"2031-03-01T12:00:00Z line {i}\n"));
        folder.Write("app/today.log", log);
        folder.Write("app/key.log", "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n");
        await folder.PipeAsync("pipe.log");
        File.CreateSymbolicLink(folder.At("out.log"), Path.Combine(folder.Above, "outside.log"));
        await using var cluster = await TestCluster.StartAsync(
            ClusterNode.Simulated("tower", "8GiB", """{ name: "one:1b", size: 1GiB }""", more: $"infra:\n  roots: [ {{ name: logs, path: \"{folder.At()}\", include: [ \"**/*.log\" ] }} ]"),
            ClusterNode.Simulated("attic", "8GiB", """{ name: "two:1b", size: 1GiB }"""));
        var key = (await cluster.Hub.CommandAsync("keys", "add", "agent", "--infra")).Output.Trim();
        var plain = (await cluster.Hub.CommandAsync("keys", "add", "plain")).Output.Trim();

        var roots = JsonSerializer.Deserialize((await GetAsync(cluster, "", key)).Text, ContractsJson.Default.IReadOnlyListInfraNodeWire)!;
        Assert.Equal(["attic: ", "tower: logs"], roots.Select(n => $"{n.Name}: {string.Join(",", n.Roots.Select(r => r.Name))}").Order(StringComparer.Ordinal));
        var (offset, text, more) = (0L, "", true);
        while (more)
        {
            var window = JsonSerializer.Deserialize((await GetAsync(cluster, $"/tower/logs/file?path=app/today.log&offset={offset}", key)).Text, ContractsJson.Default.InfraFileWire)!;
            (offset, text, more) = (window.NextOffsetBytes, text + window.Text, window.Truncated);
        }

        Assert.Equal(log, text);
        foreach (var path in (string[])["../outside.log", "out.log", "pipe.log", "app/key.log", "/etc/hostname", ".ssh/id_rsa"])
        {
            var (status, body) = await GetAsync(cluster, $"/tower/logs/file?path={Uri.EscapeDataString(path)}", key);
            Assert.True(status == HttpStatusCode.Forbidden && body.Contains("read_refused", StringComparison.Ordinal) && body.Contains("tower", StringComparison.Ordinal) | path[0] is '.' or '/', $"{path}: {status} {body}");
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync(cluster, "/tower/logs", plain)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(cluster, "/attic/logs", key)).Status);
        var events = (await cluster.EventsAsync()).Where(e => e.GetProperty("type").GetString()!.StartsWith("infra.", StringComparison.Ordinal)).ToList();
        Assert.All(events, e => Assert.Equal("agent", e.GetProperty("data").GetProperty("by").GetString()));
        Assert.Contains(events, e => e.GetProperty("type").GetString() == "infra.read" && e.GetProperty("node").GetString() == "tower");

        await cluster["tower"].KillAsync();
        await cluster.IsAsync("tower", "lost", 60);
        var (offline, why) = await GetAsync(cluster, "/tower/logs", key);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, offline);
        Assert.Contains("tower", why, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(TestCluster cluster, string call, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(cluster.Hub.Url, "homelab/v1/infra" + call));
        request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await cluster.Hub.Http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
