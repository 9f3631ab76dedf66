using System.Text.Json;
using Homelab.Cli;
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
        const string warning = "HOMELAB_DAEMON__ENGINES__LLAMA_CPP__MODELS: daemon.engines.llama_cpp: has no effect: this version does not run llama.cpp";
        await using var daemon = await RunningDaemon.StartAsync(("HOMELAB_DAEMON__ENGINES__LLAMA_CPP__MODELS", "/gguf"));

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
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject().Where(p => p.Value.TryGetProperty("get", out _)).Select(p => p.Name.Replace("{id}", id, StringComparison.Ordinal).Replace("{name}", "nobody", StringComparison.Ordinal)))
        {
            var query = path switch { ControlRoutes.Explain or ControlRoutes.FitModel => "?model=nobody", ControlRoutes.Events => "?follow=false", _ => "" };
            using var answer = await daemon.Http.GetAsync(new Uri(path + query, UriKind.Relative));
            Assert.True((int)answer.StatusCode == (path is ControlRoutes.Explain or ControlRoutes.FitModel or ControlRoutes.InfraFolder or ControlRoutes.InfraFile or ControlRoutes.Prefix + "/apps/nobody/logs" ? 404 : 200), $"{path}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Memory_of_a_device_adds_up_while_a_model_is_loaded()
    {
        // Slow enough to be seen on any machine; nobody waits for its end.
        await using var daemon = await RunningDaemon.StartAsync(("HOMELAB_DAEMON__ENGINES__SIMULATED__LOAD_RATE", "16MiB"));
        _ = daemon.PostAsync(ControlRoutes.LoadModel, """{"model":"sim-small:3b"}""").ContinueWith(static t => t.Exception, TaskScheduler.Default);

        var nodes = await Eventually.BecomesAsync("GET /nodes", "a model that loads", () => daemon.ReadAsync(ControlRoutes.Nodes), n => n.Contains("\"loading\"", StringComparison.Ordinal));
        using var json = JsonDocument.Parse(nodes);
        var device = json.RootElement[0].GetProperty("devices")[0];
        var (total, free, models) = (device.GetProperty("total_bytes").GetInt64(), device.GetProperty("free_bytes").GetInt64(), device.GetProperty("used_by_models_bytes").GetInt64());
        Assert.True(models > 0, nodes);
        Assert.Equal(total, free + models + device.GetProperty("used_by_others_bytes").GetInt64());
    }

    [Fact]
    public async Task Second_signal_ends_the_drain_at_once_and_in_order()
    {
        // The drain is longer than what the test waits for the end.
        await using var daemon = await RunningDaemon.StartAsync(("HOMELAB_DAEMON__DRAIN", "10m"), ("HOMELAB_DAEMON__ENGINES__SIMULATED__TOKENS_PER_SECOND", "1"));
        using var content = new StringContent("""{"model":"sim-small:3b","stream":true,"max_tokens":5000,"messages":[{"role":"user","content":"hi"}]}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = content };
        using var answer = await daemon.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);

        await daemon.SignalTwiceAsync();
        Assert.Equal(ExitCodes.Done, await daemon.EndAsync());
    }

    [Fact]
    public async Task Health_is_told_apart_from_readiness()
    {
        await using var daemon = await RunningDaemon.StartAsync();

        Assert.Equal(("ok\n", "ok\n"), (await daemon.ReadAsync("/healthz"), await daemon.ReadAsync("/readyz")));
    }
}
