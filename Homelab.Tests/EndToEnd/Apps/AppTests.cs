using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Homelab.Tests.Apps.Running;
using Homelab.Tests.EndToEnd.Cluster;
using Homelab.Tests.Processes;

namespace Homelab.Tests.EndToEnd.Apps;

/// <summary>A manifest dropped into the folder, and what follows: seen from outside the published executable, with real processes.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class AppTests
{
    private const string Failing = "it ended with exit code 7; it last printed: ";

    [LinuxExecutableFact]
    public async Task Two_hundred_first_requests_are_one_start_and_all_are_answered()
    {
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        await daemon.PutAppAsync("sample", "models: [ sample-chat ]\nmemory: { vram: 4GiB }", "--health-after", "1");

        var chats = Enumerable.Range(0, 100).Select(_ => daemon.AskAsync("sample-chat"));
        var pages = Enumerable.Range(0, 100).Select(_ => daemon.GetAsync("apps/sample/pid"));
        var (replies, pids) = (await Task.WhenAll(chats.ToList()), await Task.WhenAll(pages.ToList()));

        Assert.All(replies, r => Assert.True(r.Status == 200 && r.Text.Contains("hello from the app", StringComparison.Ordinal) && r.Text.Contains("\"sample-chat\"", StringComparison.Ordinal), r.ToString()));
        Assert.Equal(SampleApp.Pids(daemon.PidsOf("sample")).Select(p => p.ToString(CultureInfo.InvariantCulture)), pids.Distinct());
        Assert.Single(await daemon.EventsAsync(), e => e.StartsWith("app.started: started apps/sample (4 GiB)", StringComparison.Ordinal));
        await daemon.IsIdleAsync();
    }

    [LinuxExecutableFact]
    public async Task Manifests_come_change_and_go_and_a_wrong_one_is_reported_with_its_place_and_disturbs_nobody()
    {
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        await daemon.PutAppAsync("sample");
        AppUse.WriteManifest(daemon.ManifestOf("wrong"), "name: wrong\ncomand: [ a ]\n");
        await daemon.AppBecomesAsync("wrong", "invalid");
        Assert.Equal(
            [$"{daemon.ManifestOf("wrong")}:1:1: command: is missing; every file needs it", $"{daemon.ManifestOf("wrong")}:2:1: comand: is not a known key; did you mean 'command'?"],
            (await daemon.AppAsync("wrong"))!.Value.GetProperty("problems").EnumerateArray().Select(p => p.GetString()));

        // While it is in use, the change of its manifest waits; the next request gets the new one.
        var first = await daemon.GetAsync("apps/sample/pid");
        var stream = await OpenStreamAsync(daemon, "sample");
        AppUse.WriteManifest(daemon.ManifestOf("sample"), AppUse.Manifest(daemon, "sample", "models: [ later ]", "--pids", "/dev/null"));
        await Eventually.BecomesAsync("GET /v1/models", "'later'", () => daemon.GetAsync("v1/models"), m => m.Contains("\"later\"", StringComparison.Ordinal));
        Assert.Equal(first, await daemon.GetAsync("apps/sample/pid"));
        stream.Dispose();
        await Eventually.BecomesAsync("the sample app", "another process", () => daemon.GetAsync("apps/sample/pid"), pid => pid != first);

        File.Delete(daemon.ManifestOf("sample"));
        await daemon.AppBecomesAsync("sample", "absent");
        await AllGoneAsync(daemon, "sample");
        Assert.Equal("invalid", (await daemon.AppAsync("wrong"))?.GetProperty("state").GetString());
        using var gone = await daemon.Http.GetAsync(new Uri("apps/sample/pid", UriKind.Relative));
        Assert.Equal(404, (int)gone.StatusCode);
    }

    [LinuxExecutableFact]
    public async Task Folder_that_others_may_write_to_is_not_used_and_that_is_said()
    {
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        var folder = Path.GetDirectoryName(daemon.ManifestOf("sample"))!;
        Directory.CreateDirectory(folder);
        SetMode(folder, 0b111_111_111);
        File.WriteAllText(daemon.ManifestOf("sample"), AppUse.Manifest(daemon, "sample"));
        SetMode(daemon.ManifestOf("sample"), 0b110_100_100);

        await Eventually.BecomesAsync("homelab apps", "a word on the folder", async () => (await daemon.CommandAsync("apps")).Output, t => t.Contains($"{folder}: can be written by others; run: chmod go-w on it", StringComparison.Ordinal));
        SetMode(folder, 0b111_101_101);
        await daemon.AppBecomesAsync("sample", "stopped");

        static void SetMode(string path, int mode)
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, (UnixFileMode)mode);
            }
        }
    }

    [LinuxExecutableFact]
    public async Task Models_and_apps_make_room_for_each_other_and_neither_is_taken_away_in_use()
    {
        await using var pair = await EngineAndDaemon.StartAsync();
        var daemon = pair.Daemon;
        await daemon.PutAppAsync("sample", "memory: { vram: 9GiB }");
        Assert.Equal(200, (await daemon.AskAsync(EngineAndDaemon.First)).Status);
        await pair.HoldsAsync(EngineAndDaemon.First);

        // An idle model goes for an app...
        await daemon.GetAsync("apps/sample/pid");
        await pair.HoldsAsync();

        // ... an app in use for nobody ...
        var stream = await OpenStreamAsync(daemon, "sample");
        var waiting = daemon.AskAsync(EngineAndDaemon.First);
        await Eventually.BecomesAsync("GET /homelab/v1/status", "one waiter", daemon.StatusAsync, s => s.GetProperty("queue_depth").GetInt32() == 1);
        Assert.False(waiting.IsCompleted);
        Assert.True(RealProcess.Runs(Assert.Single(SampleApp.Pids(daemon.PidsOf("sample")))));
        await pair.HoldsAsync();

        // ... and an idle app for a model.
        stream.Dispose();
        Assert.Equal(200, (await waiting).Status);
        await pair.HoldsAsync(EngineAndDaemon.First);
        await AllGoneAsync(daemon, "sample");
        await daemon.AppBecomesAsync("sample", "stopped");
        Assert.Contains(await daemon.EventsAsync(), e => e.StartsWith("app.", StringComparison.Ordinal) && e.Contains(EngineAndDaemon.First, StringComparison.Ordinal));
    }

    [LinuxExecutableFact]
    public async Task Idle_app_is_stopped_and_comes_back_with_the_next_request()
    {
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        await daemon.PutAppAsync("sample", "idle_timeout: 1s");
        var first = await daemon.GetAsync("apps/sample/pid");

        await daemon.AppBecomesAsync("sample", "stopped");
        await AllGoneAsync(daemon, "sample");
        Assert.Contains("sample app ends\n", (await daemon.CommandAsync("apps", "logs", "sample")).Output, StringComparison.Ordinal);
        Assert.NotEqual(first, await daemon.GetAsync("apps/sample/pid"));
    }

    [LinuxExecutableFact]
    public async Task WebSocket_passes_the_route_and_holds_the_app()
    {
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        await daemon.PutAppAsync("sample", "idle_timeout: 1s");
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(new UriBuilder(daemon.Url) { Scheme = "ws" }.Uri, "apps/sample/ws"), CancellationToken.None);
        foreach (var word in (string[])["one", "two"])
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(word), WebSocketMessageType.Text, true, CancellationToken.None);
            var buffer = new byte[100];
            var got = await socket.ReceiveAsync(buffer, CancellationToken.None);
            Assert.Equal("echo " + word, Encoding.UTF8.GetString(buffer, 0, got.Count));
            Assert.Equal("in_use", (await daemon.AppAsync("sample"))?.GetProperty("state").GetString());
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
        await daemon.AppBecomesAsync("sample", "stopped");
    }

    [LinuxExecutableFact]
    public async Task Killed_daemon_leaves_no_orphan()
    {
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        await daemon.PutAppAsync("sample", "", "--fork", "1", "--flee", "1", "--ignore-term");
        await daemon.GetAsync("apps/sample/pid");
        await RealProcess.Until(() => SampleApp.Pids(daemon.PidsOf("sample")).Length == 3, "three processes");
        var pids = SampleApp.Pids(daemon.PidsOf("sample"));
        Assert.All(pids, pid => Assert.True(RealProcess.Runs(pid)));

        // The app itself dies with the daemon; what it started, at the latest when the next daemon starts.
        await daemon.KillAsync();
        await RealProcess.Until(() => !RealProcess.Runs(pids[0]), "the app's end");
        await daemon.StartAgainAsync();
        await RealProcess.Until(() => pids.All(pid => !RealProcess.Runs(pid)), "the end of all that it started");
        Assert.Equal("stopped", await daemon.AppBecomesAsync("sample", "stopped"));
        await daemon.GetAsync("apps/sample/pid");
    }

    [LinuxExecutableFact]
    public async Task Daemon_that_is_stopped_stops_its_apps()
    {
        var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        await daemon.PutAppAsync("sample", "", "--flee", "1");
        await daemon.GetAsync("apps/sample/pid");
        await RealProcess.Until(() => SampleApp.Pids(daemon.PidsOf("sample")).Length == 2, "two processes");
        var pids = SampleApp.Pids(daemon.PidsOf("sample"));

        await daemon.DisposeAsync();
        Assert.All(pids, pid => Assert.False(RealProcess.Runs(pid)));
    }

    [LinuxExecutableFact]
    public async Task Crash_while_it_is_wanted_is_a_new_start_and_one_that_always_crashes_is_failed_with_its_last_lines()
    {
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        await daemon.PutAppAsync("sample");
        var first = await daemon.GetAsync("apps/sample/pid");
        using (var crashed = await daemon.Http.GetAsync(new Uri("apps/sample/crash", UriKind.Relative)))
        {
            Assert.Equal(502, (int)crashed.StatusCode);
        }

        Assert.NotEqual(first, await daemon.GetAsync("apps/sample/pid"));
        Assert.Contains(await daemon.EventsAsync(), e => e.StartsWith("app.exited: ", StringComparison.Ordinal) && e.EndsWith("| something terrible has happened", StringComparison.Ordinal));

        await daemon.PutAppAsync("broken", "", "--exit-at-once", "7");
        using var answer = await daemon.Http.GetAsync(new Uri("apps/broken/", UriKind.Relative));
        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal((503, "load_failed"), ((int)answer.StatusCode, error.GetProperty("code").GetString()));
        Assert.Contains(Failing, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("cannot open the model: no such thing", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(4, SampleApp.Pids(daemon.PidsOf("broken")).Length);
        await daemon.AppBecomesAsync("broken", "failed");
        Assert.Contains(Failing, (await daemon.CommandAsync("apps")).Output, StringComparison.Ordinal);
    }

    [LinuxExecutableFact]
    public async Task App_that_cannot_be_started_is_refused_at_once_with_what_is_wrong()
    {
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        var plain = Path.Combine(daemon.Home.Path, "plain");
        File.WriteAllText(plain, "x");
        foreach (var (name, keys, words) in new[]
        {
            ("missing", "command: [ no-such-program-anywhere ]", "command: 'no-such-program-anywhere' is not on PATH"),
            ("plain", $"command: [ \"{plain}\" ]", "is not executable"),
            ("homeless", "command: [ sh ]\nworking_dir: nowhere", "the folder it works in does not exist: "),
            ("taken", $"command: [ sleep, \"1000\" ]\nport: {daemon.Url.Port}", $"port {daemon.Url.Port} is taken by another program; choose another in the manifest, or port: auto"),
        })
        {
            AppUse.WriteManifest(daemon.ManifestOf(name), $"name: {name}\n{keys}\n");
            await daemon.AppBecomesAsync(name, "stopped");
            using var answer = await daemon.Http.GetAsync(new Uri($"apps/{name}/", UriKind.Relative));
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == 503 && text.Contains(words, StringComparison.Ordinal), text);
            Assert.True((await daemon.AppAsync(name))!.Value.GetProperty("failure").GetProperty("attempts").GetInt32() > 0);
        }
    }

    [LinuxExecutableFact]
    public async Task Apps_serve_while_the_engine_is_down()
    {
        await using var pair = await EngineAndDaemon.StartAsync();
        await pair.Engine.GoDownAsync();
        await Eventually.BecomesAsync("GET /homelab/v1/status", "an engine that is down", pair.Daemon.StatusAsync, s => s.GetProperty("engine").GetProperty("state").GetString() != "up", limitSeconds: 60);
        await pair.Daemon.PutAppAsync("sample", "models: [ sample-chat ]");

        await pair.Daemon.GetAsync("apps/sample/pid");
        var chat = await pair.Daemon.AskAsync("sample-chat");
        Assert.True(chat.Status == 200, chat.ToString());
        Assert.NotEqual(200, (await pair.Daemon.AskAsync(EngineAndDaemon.First)).Status);
    }

    [LinuxExecutableFact]
    public async Task Commands_start_stop_list_show_output_and_check()
    {
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        await daemon.PutAppAsync("sample", "models: [ one, Two:x ]\nmemory: { vram: 2GiB }");

        var started = await daemon.CommandAsync("apps", "start", "sample");
        Assert.True(started.ExitCode == 0 && started.Output.StartsWith("sample is running on ", StringComparison.Ordinal), $"{started}");
        var listed = await daemon.CommandAsync("apps");
        Assert.Contains("one, Two:x", listed.Output, StringComparison.Ordinal);
        Assert.Contains("running", listed.Output, StringComparison.Ordinal);
        Assert.StartsWith("sample app listens at ", (await daemon.CommandAsync("apps", "logs", "sample")).Output, StringComparison.Ordinal);
        var stopped = await daemon.CommandAsync("apps", "stop", "sample");
        Assert.True(stopped.ExitCode == 0 && stopped.Output.StartsWith("sample is stopped on ", StringComparison.Ordinal), $"{stopped}");
        await AllGoneAsync(daemon, "sample");
        Assert.Equal((1, "homelab: there is no app 'nobody'"), await FailsAsync("apps", "start", "nobody"));
        Assert.Equal((1, "homelab: there is no app 'nobody'"), await FailsAsync("apps", "logs", "nobody"));

        var stream = await OpenStreamAsync(daemon, "sample");
        var (code, _) = await FailsAsync("apps", "stop", "sample");
        Assert.Equal(1, code);
        stream.Dispose();

        var check = await daemon.CommandAsync("apps", "check", daemon.ManifestOf("sample"));
        Assert.True(check.ExitCode == 0 && check.Output.Contains(SampleApp.Path, StringComparison.Ordinal), $"{check}");
        AppUse.WriteManifest(daemon.ManifestOf("wrong"), "name: wrong\ncommand: [ a, \"{prot}\" ]\n");
        var wrong = await daemon.CommandAsync("apps", "check", daemon.ManifestOf("wrong"));
        Assert.NotEqual(0, wrong.ExitCode);
        Assert.Contains(":2:15: command[1]: '{prot}' holds the unknown placeholder '{prot}'; did you mean '{port}'?", wrong.Output + wrong.Error, StringComparison.Ordinal);

        async Task<(int Code, string Start)> FailsAsync(params string[] arguments)
        {
            var run = await daemon.CommandAsync(arguments);
            return (run.ExitCode, run.Error[..Math.Min(run.Error.Length, "homelab: there is no app 'nobody'".Length)]);
        }
    }

    private static async Task<HttpResponseMessage> OpenStreamAsync(HomelabProcess daemon, string app)
    {
        var answer = await daemon.Http.GetAsync(new Uri($"apps/{app}/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}\n{daemon.Log}");
        return answer;
    }

    private static Task AllGoneAsync(HomelabProcess daemon, string app) =>
        RealProcess.Until(() => SampleApp.Pids(daemon.PidsOf(app)).All(pid => !RealProcess.Runs(pid)), $"the end of {app}");
}
