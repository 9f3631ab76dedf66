using System.Net;
using Homelab.Processes;
using Homelab.Tests.EndToEnd.Engines;
using static Homelab.Tests.EndToEnd.EngineAndDaemon;

namespace Homelab.Tests.EndToEnd;

/// <summary>What only real processes can show: answers without an end, and an Ollama that the published executable starts itself.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class RealOllamaTests(RealOllamaModels models)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [RealOllamaFact]
    public async Task Answer_without_an_end_is_never_evicted_and_ends_with_its_client()
    {
        await using var pair = await StartAsync(EngineKind.Real, models);
        using var endless = await pair.Daemon.PostAsync("v1/chat/completions", Chat(First, stream: true, tokens: 1_000_000), stream: true);
        using var reader = new StreamReader(await endless.Content.ReadAsStreamAsync());
        var second = pair.Daemon.PostAsync("v1/chat/completions", Chat(Second));
        await Eventually.BecomesAsync("GET /homelab/v1/status", "one waiter", pair.Daemon.StatusAsync, s => s.GetProperty("queue_depth").GetInt32() == 1);
        for (var i = 0; i < 50; i++)
        {
            Assert.NotNull(await reader.ReadLineAsync().WaitAsync(Limit, TimeProvider.System));
        }

        Assert.False(second.IsCompleted);
        Assert.Equal([First], await pair.LoadedAsync());
        endless.Dispose();
        using var answer = await second.WaitAsync(Limit, TimeProvider.System);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await pair.HoldsAsync(Second);
    }

    [RealOllamaFact]
    public async Task Answer_that_somebody_else_reads_past_the_daemon_is_not_cut_when_its_model_must_make_room()
    {
        await using var pair = await StartAsync(EngineKind.Real, models);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = pair.Engine.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = new StringContent(Chat(First, stream: true, tokens: 1_000_000)) };
        using var foreign = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await foreign.Content.ReadAsStreamAsync());
        await Eventually.BecomesAsync("GET /homelab/v1/models", "the model hot", pair.Daemon.HotAsync, hot => hot.SequenceEqual([First]));
        var second = pair.Daemon.PostAsync("v1/chat/completions", Chat(Second));
        await Eventually.BecomesAsync("GET /homelab/v1/events", "an unload", () => EventsAsync(pair), events => events.Contains("unloading", StringComparison.Ordinal));
        for (var i = 0; i < 100; i++)
        {
            Assert.NotNull(await reader.ReadLineAsync().WaitAsync(Limit, TimeProvider.System));
        }

        Assert.Equal(1, pair.Engine.Starts);
        foreign.Dispose();
        using var answer = await second.WaitAsync(Limit, TimeProvider.System);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await pair.HoldsAsync(Second);
    }

    [RealOllamaFact]
    public async Task Runner_that_dies_while_its_model_is_idle_is_started_again_by_the_next_request()
    {
        await using var pair = await StartAsync(EngineKind.Real, models);
        for (var starts = 1; starts <= 3; starts++)
        {
            using var answer = await pair.Daemon.PostAsync("v1/chat/completions", Chat(Small));
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode} {await answer.TextAsync(pair)}\n{pair.Daemon.Log}");
            Assert.Equal(starts, pair.Engine.Starts);
            await pair.Engine.CrashNextStream()();
        }
    }

    [RealOllamaFact]
    public async Task Ollama_of_the_daemons_own_is_started_again_after_a_kill_and_leaves_nothing_behind()
    {
        var daemon = await StartManagedAsync(RealOllamaServer.FreePort());
        int[] all;
        await using (daemon)
        {
            await AnswersAsync(daemon);
            var first = OllamaOf(daemon);
            var orphans = RunnersOf(first);
            Assert.Single(orphans);
            Assert.Equal(0, PosixNative.Signal(first, PosixNative.Kill));
            await Eventually.BecomesAsync("the daemon's child", "another Ollama", () => Task.FromResult(Children(daemon).FirstOrDefault(c => c != first)), id => id != 0);
            await ChildProcesses.AreGoneAsync(orphans);
            await Eventually.BecomesAsync("POST /v1/chat/completions", "200", () => StatusAsync(daemon), status => status == HttpStatusCode.OK);
            var second = OllamaOf(daemon);
            all = [second, .. RunnersOf(second)];
            Assert.Equal(2, all.Length);
            using var endless = await daemon.PostAsync("v1/chat/completions", Chat(Small, stream: true, tokens: 1_000_000), stream: true);
            daemon.Terminate();
            Assert.Equal(0, await daemon.ExitAsync());
        }

        await ChildProcesses.AreGoneAsync(all);
    }

    [RealOllamaFact]
    public async Task Ollama_that_runs_already_is_used_and_outlives_the_daemon()
    {
        await using var server = await RealOllamaServer.StartAsync(await models.FolderAsync(), RealOllamaServer.FreePort());
        await using (var daemon = await StartManagedAsync(server.Address.Port))
        {
            await AnswersAsync(daemon);
            Assert.Empty(Children(daemon));
            Assert.Single(server.Runners.Running);
        }

        Assert.True(ChildProcesses.IsAlive(server.Id));
    }

    [RealOllamaFact]
    public async Task Daemon_that_was_killed_leaves_an_Ollama_that_the_next_one_ends_before_it_starts_its_own()
    {
        await using var daemon = await StartManagedAsync(RealOllamaServer.FreePort());
        await AnswersAsync(daemon);
        var ollama = OllamaOf(daemon);
        int[] left = [ollama, .. RunnersOf(ollama)];
        await daemon.CrashAndRestartAsync();
        await ChildProcesses.AreGoneAsync(left);
        await AnswersAsync(daemon);
        Assert.Single(Children(daemon));
    }

    private static IReadOnlyList<int> Children(HomelabProcess daemon) =>
        [.. ChildProcesses.Of(daemon.Id).Where(c => ChildProcesses.IsAlive(c) && ChildProcesses.CommandOf(c).Contains("serve"))];

    private static int OllamaOf(HomelabProcess daemon) => Assert.Single(Children(daemon));

    private static IReadOnlyList<int> RunnersOf(int ollama) => [.. ChildProcesses.Of(ollama).Where(c => ChildProcesses.CommandOf(c).Contains("--model"))];

    private static async Task AnswersAsync(HomelabProcess daemon)
    {
        using var answer = await daemon.PostAsync("v1/chat/completions", Chat(Small)).WaitAsync(Limit, TimeProvider.System);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}\n{daemon.Log}");
    }

    private static async Task<string> EventsAsync(EngineAndDaemon pair)
    {
        var events = await pair.Daemon.CommandAsync("events", "--output", "json");
        return events.Output;
    }

    private static async Task<HttpStatusCode> StatusAsync(HomelabProcess daemon)
    {
        using var answer = await daemon.PostAsync("v1/chat/completions", Chat(Small)).WaitAsync(Limit, TimeProvider.System);
        return answer.StatusCode;
    }

    private async Task<HomelabProcess> StartManagedAsync(int port) => await HomelabProcess.StartAsync(
        $$"""
        daemon:
          drain: 1s
          engines:
            ollama: { url: "http://127.0.0.1:{{port}}", manage: auto, install: never, executable: "{{RealOllamaExecutable.Path}}", parallel: 1 }
        """,
        RealOllamaServer.Environment(await models.FolderAsync()));
}
