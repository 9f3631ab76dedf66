using System.Net;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>The fake's script of failures does what its names say.</summary>
public sealed class FaultTests
{
    private const string Chat = """{"model":"sim-small:3b","stream":true,"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task Runner_that_dies_ends_a_native_stream_with_an_error_line()
    {
        await using var fake = await FakeOllama.StartAsync();
        fake.Faults.CrashRunnerBeforeToken(2);
        var (_, text) = await fake.PostAsync("/api/chat", Chat);
        Assert.EndsWith("{\"error\":\"an error was encountered while running the model: unexpected EOF\"}\n", text, StringComparison.Ordinal);
        Assert.Equal(3, text.Count(c => c == '\n'));
        Assert.Empty(fake.Loaded);
        Assert.Equal(HttpStatusCode.OK, (await fake.PostAsync("/api/chat", Chat)).Status);
    }

    [Fact]
    public async Task Runner_that_dies_ends_an_openai_stream_without_a_word()
    {
        await using var fake = await FakeOllama.StartAsync();
        fake.Faults.CrashRunnerBeforeToken(2);
        var (_, text) = await fake.PostAsync("/v1/chat/completions", Chat);
        Assert.Equal(2, text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runner_killed_from_outside_ends_the_stream_that_stands_still()
    {
        await using var fake = await FakeOllama.StartAsync();
        var hold = fake.Faults.HoldTokensAt(2);
        var chat = fake.PostAsync("/api/chat", Chat);
        await hold.Reached.WaitAsync(TimeSpan.FromSeconds(10));
        fake.KillRunner("sim-small:3b");
        Assert.Contains("unexpected EOF", (await chat).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cut_connection_is_an_error_for_the_client()
    {
        await using var fake = await FakeOllama.StartAsync();
        fake.Faults.CutConnectionBeforeToken(2);
        await Assert.ThrowsAsync<HttpRequestException>(() => fake.PostAsync("/v1/chat/completions", Chat));
        Assert.Equal(HttpStatusCode.OK, (await fake.PostAsync("/v1/chat/completions", Chat)).Status);
    }

    [Fact]
    public async Task Failed_load_answers_with_the_chosen_text_once()
    {
        await using var fake = await FakeOllama.StartAsync();
        fake.Faults.FailNextLoad("llama runner process has terminated: CUDA error");
        var (status, text) = await fake.PostAsync("/v1/chat/completions", Chat);
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Contains("CUDA error", text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await fake.PostAsync("/v1/chat/completions", Chat)).Status);
    }

    [Fact]
    public async Task Garbage_is_sent_as_given()
    {
        await using var fake = await FakeOllama.StartAsync();
        fake.Faults.AnswerNext("/api/tags", 502, "text/html", "<html>bad gateway</html>");
        using var response = await fake.Http.GetAsync(new Uri("/api/tags", UriKind.Relative));
        Assert.Equal((HttpStatusCode.BadGateway, "text/html"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        fake.Faults.AnswerNext("/api/tags", 200, "application/json", """{"models":[{"na""", isTruncated: true);
        await Assert.ThrowsAsync<HttpRequestException>(() => fake.Http.GetStringAsync(new Uri("/api/tags", UriKind.Relative)));
        Assert.Contains("sim-small:3b", await fake.Http.GetStringAsync(new Uri("/api/tags", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_went_down_refuses_and_comes_back_empty_on_the_same_port()
    {
        await using var fake = await FakeOllama.StartAsync();
        var address = fake.Address;
        await fake.LoadAsync("sim-small:3b");
        await fake.GoDownAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => fake.LoadAsync("sim-small:3b"));
        await fake.ComeBackAsync();
        Assert.Equal(address, fake.Address);
        Assert.Empty(await fake.PsAsync());
        Assert.Equal(HttpStatusCode.OK, (await fake.LoadAsync("sim-small:3b")).Status);
    }

    [Fact]
    public async Task Requests_are_recorded_and_those_of_others_are_not()
    {
        await using var fake = await FakeOllama.StartAsync();
        await fake.UseByOthersAsync("sim-chat:8b");
        Assert.Empty(fake.Requests);
        Assert.Equal(["sim-chat:8b"], fake.Loaded);
        await fake.PostAsync("/v1/chat/completions", Chat);
        Assert.Equal(1, fake.Count("/v1/chat/completions"));
        Assert.Equal("sim-small:3b", fake.Last("/v1/chat/completions")!.Json.GetProperty("model").GetString());
        fake.UnloadByOthers("sim-chat:8b");
        Assert.Equal(["sim-small:3b"], fake.Loaded);
    }
}
