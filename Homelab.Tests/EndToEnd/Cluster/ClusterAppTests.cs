using System.Net.WebSockets;
using System.Text;
using Homelab.Tests.Apps.Running;
using Homelab.Tests.EndToEnd.Apps;
using Homelab.Tests.Processes;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>An app of one machine, used from the others.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ClusterAppTests
{
    [LinuxExecutableFact]
    public async Task App_on_another_machine_answers_by_its_route_and_its_models_through_daemon_and_hub()
    {
        await using var cluster = await TestCluster.StartAsync(
            ClusterNode.Simulated("tower", "24GiB", """{ name: "big:70b", size: 20GiB }"""),
            ClusterNode.Simulated("laptop", "4GiB", """{ name: "little:1b", size: 1GiB }"""));
        await cluster["tower"].PutAppAsync("sample", "models: [ sample-chat ]\nmemory: { vram: 8GiB }");
        await cluster.BecomesAsync("the hub's apps", "sample", () => cluster.Hub.AppAsync("sample"), app => app?.GetProperty("node").GetString() == "tower");
        await cluster.KnowsItselfAsync();

        foreach (var process in (HomelabProcess[])[cluster.Hub, cluster["laptop"]])
        {
            var page = await cluster.BecomesAsync($"{process.Url}apps/sample/pid", "an answer", () => process.Http.GetAsync(new Uri("apps/sample/pid", UriKind.Relative)), a => a.IsSuccessStatusCode);
            Assert.StartsWith("node=tower; ", page.Headers.GetValues("x-homelab-route").Single(), StringComparison.Ordinal);
            var chat = await process.AskAsync("sample-chat");
            Assert.True(chat.Status == 200 && chat.Text.Contains("hello from the app", StringComparison.Ordinal), $"{chat}\n{cluster.Log}");
            Assert.StartsWith("node=tower; ", chat.Route, StringComparison.Ordinal);
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(new Uri(new UriBuilder(process.Url) { Scheme = "ws" }.Uri, "apps/sample/ws"), CancellationToken.None);
            await socket.SendAsync("hi"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
            var buffer = new byte[100];
            Assert.Equal("echo hi", Encoding.UTF8.GetString(buffer, 0, (await socket.ReceiveAsync(buffer, CancellationToken.None)).Count));
            await cluster["tower"].AppBecomesAsync("sample", "in_use");
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
            await cluster["tower"].AppBecomesAsync("sample", "running");
        }

        Assert.Single(SampleApp.Pids(cluster["tower"].PidsOf("sample")));
        Assert.Contains("tower", (await cluster.Hub.CommandAsync("nodes")).Output, StringComparison.Ordinal);
        var stopped = await cluster.Hub.CommandAsync("apps", "stop", "sample");
        Assert.True(stopped.ExitCode == 0 && stopped.Output.StartsWith("sample is stopped on tower", StringComparison.Ordinal), $"{stopped}");
        await RealProcess.Until(() => SampleApp.Pids(cluster["tower"].PidsOf("sample")).All(pid => !RealProcess.Runs(pid)), "the app's end");
        var started = await cluster.Hub.CommandAsync("apps", "start", "sample", "--node", "tower");
        Assert.True(started.ExitCode == 0 && started.Output.StartsWith("sample is running on tower", StringComparison.Ordinal), $"{started}");
        await cluster.IsIdleAsync();

        File.Delete(cluster["tower"].ManifestOf("sample"));
        await cluster.Hub.AppBecomesAsync("sample", "absent");
        using var gone = await cluster["laptop"].Http.GetAsync(new Uri("apps/sample/pid", UriKind.Relative));
        Assert.Equal(404, (int)gone.StatusCode);
    }
}
