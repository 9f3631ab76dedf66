using System.Net;
using System.Text;
using static Homelab.Tests.EndToEnd.EngineAndDaemon;

namespace Homelab.Tests.EndToEnd;

/// <summary>Service keys of the published executable: who needs one, and that nobody else ever sees one.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class KeyTests
{
    private const string Key = "sk-right-4f8a1c7e";

    private const string Wrong = "sk-wrong-93b2d05a";

    [ExecutableFact]
    public async Task Request_that_came_through_a_proxy_needs_a_key_and_a_local_one_does_not()
    {
        await using var pair = await StartAsync($"  api_keys: [ {Key} ]");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(pair));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(pair, ("X-Forwarded-For", "203.0.113.9")));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(pair, ("X-Forwarded-For", "203.0.113.9"), ("Authorization", "Bearer " + Wrong)));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(pair, ("X-Forwarded-For", "203.0.113.9"), ("Authorization", "Bearer " + Key)));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(pair, ("X-Forwarded-For", "203.0.113.9"), ("x-api-key", Key)));
    }

    [ExecutableFact]
    public async Task Acceptance_41_keys_right_or_wrong_are_in_no_log_metric_event_list_state_file_or_engine_request()
    {
        await using var pair = await StartAsync($"  api_keys: [ {Key} ]");
        foreach (var key in (string[])[Key, Wrong])
        {
            foreach (var path in (string[])["v1/chat/completions", "v1/messages", "api/chat", "v1/nothing", "api/create", "homelab/v1/models/load", "homelab/v1/nothing"])
            {
                foreach (var (header, value) in new[] { ("Authorization", "Bearer " + key), ("x-api-key", key), ("api-key", key), ("Authorization", key) })
                {
                    foreach (var proxied in (bool[])[true, false])
                    {
                        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(Chat(Small), Encoding.UTF8, "application/json") };
                        request.Headers.TryAddWithoutValidation(header, value);
                        if (proxied)
                        {
                            request.Headers.Add("X-Forwarded-For", "203.0.113.9");
                        }

                        using var answer = await pair.Daemon.Http.SendAsync(request);
                        AssertClean("the answer of " + path, await answer.TextAsync(pair) + answer.Headers);
                    }
                }
            }
        }

        // An engine that dies is what makes the daemon write most.
        pair.Fake.Faults.CrashRunnerBeforeToken(1);
        Assert.Equal(HttpStatusCode.InternalServerError, await AskAsync(pair, ("Authorization", "Bearer " + Key)));
        foreach (var path in (string[])["metrics", "homelab/v1/status", "homelab/v1/usage", "homelab/v1/nodes", "homelab/v1/models", "v1/models"])
        {
            AssertClean(path, await pair.Daemon.Http.GetStringAsync(new Uri(path, UriKind.Relative)));
        }

        AssertClean("the events", await EventsAsync(pair));
        AssertClean("config show", (await pair.Daemon.CommandAsync("config", "show")).ToString());
        AssertClean("doctor", (await pair.Daemon.CommandAsync("doctor")).ToString());
        Assert.All(pair.Fake.Requests, r => AssertClean("a request to the engine", r.Path + r.Query + r.Text + string.Join(' ', r.Headers.Select(h => h.Key + h.Value))));
        pair.Daemon.Terminate();
        Assert.Equal(0, await pair.Daemon.ExitAsync());
        AssertClean("the daemon's output", pair.Daemon.Log);
        foreach (var file in Directory.GetFiles(pair.Daemon.Home.Path, "*", SearchOption.AllDirectories).Where(f => f != pair.Daemon.Home.ConfigurationFile))
        {
            AssertClean(file, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)));
        }
    }

    private static void AssertClean(string what, string text)
    {
        foreach (var key in (string[])[Key, Wrong])
        {
            Assert.False(text.Contains(key[3..], StringComparison.Ordinal), $"{what} holds a key: {text}");
        }
    }

    /// <summary>What the feed keeps, from its first event to a pause in it.</summary>
    private static async Task<string> EventsAsync(EngineAndDaemon pair)
    {
        using var answer = await pair.Daemon.Http.GetAsync(new Uri("homelab/v1/events?since=0", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[256 * 1024];
        var read = await stream.ReadAsync(buffer);
        var text = Encoding.UTF8.GetString(buffer, 0, read);
        Assert.Contains("data: ", text, StringComparison.Ordinal);
        return text;
    }

    private static async Task<HttpStatusCode> AskAsync(EngineAndDaemon pair, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = new StringContent(Chat(Small), Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await pair.Daemon.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return answer.StatusCode;
    }
}
