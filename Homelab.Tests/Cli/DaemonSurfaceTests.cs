using System.Text.Json;
using Homelab.Contracts;
using Homelab.Tests.EndToEnd;

namespace Homelab.Tests.Cli;

/// <summary>What a daemon that a user started says of itself.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class DaemonSurfaceTests
{
    [Fact]
    public async Task Keys_without_effect_are_said_at_the_start_and_in_the_status()
    {
        const string warning = "HOMELAB_DAEMON__HUB: daemon.hub: has no effect: this version cannot join a hub; every machine serves itself alone";
        await using var daemon = await RunningDaemon.StartAsync(("HOMELAB_DAEMON__HUB", "http://127.0.0.1:1"));

        Assert.Contains(warning, daemon.Cli.Error, StringComparison.Ordinal);
        using var status = JsonDocument.Parse(await daemon.ReadAsync(ControlRoutes.Status));
        Assert.Contains(warning, status.RootElement.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()));
    }

    [Fact]
    public async Task Every_reading_call_of_the_OpenApi_document_is_served()
    {
        await using var daemon = await RunningDaemon.StartAsync();

        using var document = JsonDocument.Parse(await daemon.ReadAsync(ControlRoutes.OpenApi));
        using var nodes = JsonDocument.Parse(await daemon.ReadAsync(ControlRoutes.Nodes));
        var id = nodes.RootElement[0].GetProperty("id").GetString();
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject().Where(p => p.Value.TryGetProperty("get", out _)).Select(p => p.Name.Replace("{id}", id, StringComparison.Ordinal)))
        {
            var query = path switch { ControlRoutes.Explain => "?model=nobody", ControlRoutes.Events => "?follow=false", _ => "" };
            using var answer = await daemon.Http.GetAsync(new Uri(path + query, UriKind.Relative));
            Assert.True((int)answer.StatusCode == (path == ControlRoutes.Explain ? 404 : 200), $"{path}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Health_is_told_apart_from_readiness()
    {
        await using var daemon = await RunningDaemon.StartAsync();

        Assert.Equal(("ok\n", "ok\n"), (await daemon.ReadAsync("/healthz"), await daemon.ReadAsync("/readyz")));
    }
}
