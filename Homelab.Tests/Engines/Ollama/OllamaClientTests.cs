using System.Net;
using System.Net.Sockets;
using System.Text;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Engines.Ollama;
using Microsoft.AspNetCore.Http;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>The client against recorded answers of two real versions, and against servers that are no Ollama.</summary>
public sealed class OllamaClientTests
{
    public static TheoryData<string> Versions => RecordedExchange.Versions;

    [Theory, MemberData(nameof(Versions))]
    public async Task Version_of_a_real_ollama_is_read(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "003");
        using var client = Client(server.Address);
        Assert.Equal(version, await client.VersionAsync(default));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Every_call_names_the_loopback_host_and_no_origin(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "021", "031", "030", "147");
        using var client = Client(server.Address);
        await client.TagsAsync(default);
        await client.RunningAsync(default);
        await client.LoadAsync("tiny", isEmbedder: false, default);
        await foreach (var _ in client.PullAsync("tiny", default))
        {
        }

        Assert.Equal(4, server.Asked.Count);
        Assert.All(server.Asked, asked => Assert.Equal(($"127.0.0.1:{server.Address.Port}", ""), (asked.Host, asked.Origin)));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Load_sends_a_rolling_keep_alive_and_neither_prompt_nor_options(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "030");
        using var client = Client(server.Address);
        await client.LoadAsync("tiny:latest", isEmbedder: false, default);
        Assert.Equal("""{"model":"tiny:latest","keep_alive":"1h","stream":false}""", Assert.Single(server.Asked).Body);
    }

    [Fact]
    public async Task Load_of_an_embedder_goes_by_embed_with_empty_input()
    {
        await using var server = (await ScriptedOllama.StartAsync()).On("POST /api/embed", """{"model":"e","embeddings":[]}""");
        using var client = Client(server.Address);
        await client.LoadAsync("e:latest", isEmbedder: true, default);
        Assert.Equal("""{"model":"e:latest","keep_alive":"1h","input":""}""", Assert.Single(server.Asked).Body);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Unload_sends_zero_as_a_number(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "122");
        using var client = Client(server.Address);
        await client.UnloadAsync("tiny:latest", default);
        Assert.Equal("""{"model":"tiny:latest","keep_alive":0,"stream":false}""", Assert.Single(server.Asked).Body);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Load_that_does_not_fit_is_out_of_memory_with_a_clean_message(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "170");
        using var client = Client(server.Address);
        var failure = await Assert.ThrowsAsync<EngineException>(() => client.LoadAsync("big", isEmbedder: false, default));
        Assert.Equal(LoadFailure.OutOfMemory, failure.Kind);
        Assert.Contains("insufficient memory", failure.Message, StringComparison.Ordinal);
        Assert.InRange(failure.Message.Length, 1, OllamaErrors.MaximumMessage + 3);
        Assert.DoesNotContain(failure.Message, char.IsControl);
    }

    [Theory]
    [InlineData("0.32.1", "042", "NotInstalled", "model 'nope' not found")]
    [InlineData("0.32.15", "042", "NotInstalled", "model 'nope' not found")]
    [InlineData("0.32.1", "219", "Engine", "exceeds file size")]
    [InlineData("0.32.15", "219", "Engine", "exceeds file size")]
    public async Task Load_refused_by_a_real_ollama_keeps_its_words(string version, string recording, string kind, string words)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, recording);
        using var client = Client(server.Address);
        var failure = await Assert.ThrowsAsync<EngineException>(() => client.LoadAsync("x", isEmbedder: false, default));
        Assert.Equal(kind, failure.Kind.ToString());
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cudaMalloc failed: out of memory")]
    [InlineData("llama runner: hipMalloc failed")]
    [InlineData("model requires more system memory (12 GiB) than is available (3 GiB)")]
    [InlineData("Failed to allocate compute buffers")]
    public async Task Load_error_that_speaks_of_memory_is_out_of_memory(string message)
    {
        await using var server = (await ScriptedOllama.StartAsync()).On("POST /api/generate", $$"""{"error":"{{message}}"}""", 500);
        using var client = Client(server.Address);
        var failure = await Assert.ThrowsAsync<EngineException>(() => client.LoadAsync("x", isEmbedder: false, default));
        Assert.Equal(LoadFailure.OutOfMemory, failure.Kind);
    }

    [Fact]
    public async Task Load_is_never_repeated()
    {
        await using var server = (await ScriptedOllama.StartAsync()).On("POST /api/generate", """{"error":"server busy"}""", 503);
        using var client = Client(server.Address);
        await Assert.ThrowsAsync<EngineException>(() => client.LoadAsync("x", isEmbedder: false, default));
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task Reading_is_repeated_when_the_first_answer_is_a_passing_failure()
    {
        await using var server = (await ScriptedOllama.StartAsync())
            .On("GET /api/version", """{"error":"starting"}""", 503)
            .On("GET /api/version", """{"version":"0.32.15"}""");
        using var client = Client(server.Address);
        Assert.Equal("0.32.15", await client.VersionAsync(default));
        Assert.Equal(2, server.Asked.Count);
    }

    [Fact]
    public async Task Address_where_nobody_listens_is_engine_down()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"http://{listener.LocalEndpoint}");
        listener.Stop();
        using var client = Client(address);
        var failure = await Assert.ThrowsAsync<EngineException>(() => client.VersionAsync(default));
        Assert.Equal(LoadFailure.EngineDown, failure.Kind);
        Assert.Contains(address.Authority, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html><body>nginx</body></html>", "text/html", 200)]
    [InlineData("{\"version\":\"0.3", "application/json", 200)]
    [InlineData("null", "application/json", 200)]
    [InlineData("[]", "application/json", 200)]
    [InlineData("{}", "application/json", 200)]
    [InlineData("", "application/json", 200)]
    [InlineData("<html>gone</html>", "text/html", 410)]
    public async Task Answer_that_is_no_ollamas_is_an_engine_failure(string body, string type, int status)
    {
        await using var server = (await ScriptedOllama.StartAsync()).On("GET /api/version", status, type, Encoding.UTF8.GetBytes(body));
        using var client = Client(server.Address);
        var failure = await Assert.ThrowsAsync<EngineException>(() => client.VersionAsync(default));
        Assert.Equal(LoadFailure.Engine, failure.Kind);
        Assert.DoesNotContain("<html>", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_larger_than_the_bound_is_refused()
    {
        await using var server = (await ScriptedOllama.StartAsync()).On("GET /api/tags", async context =>
        {
            context.Response.ContentType = "application/json";
            var block = new byte[1 << 20];
            Array.Fill(block, (byte)' ');
            for (var i = 0; i <= OllamaTransport.MaximumAnswer / block.Length && !context.RequestAborted.IsCancellationRequested; i++)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
        });
        using var client = Client(server.Address);
        var failure = await Assert.ThrowsAsync<EngineException>(() => client.TagsAsync(default));
        Assert.Contains("too large", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_whose_connection_breaks_is_engine_down()
    {
        await using var server = (await ScriptedOllama.StartAsync()).On("POST /api/generate", context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        using var client = Client(server.Address);
        var failure = await Assert.ThrowsAsync<EngineException>(() => client.LoadAsync("x", isEmbedder: false, default));
        Assert.Equal(LoadFailure.EngineDown, failure.Kind);
    }

    [Fact]
    public async Task Load_that_is_cancelled_drops_its_connection()
    {
        var (started, dropped) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = (await ScriptedOllama.StartAsync()).On("POST /api/generate", async context =>
        {
            started.SetResult();
            context.RequestAborted.Register(dropped.SetResult);
            await dropped.Task;
        });
        using var client = Client(server.Address);
        using var cancellation = new CancellationTokenSource();
        var load = client.LoadAsync("x", isEmbedder: false, cancellation.Token);
        await started.Task;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => load);
        await dropped.Task;
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Pull_reports_each_step_of_a_real_download(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "147");
        using var client = Client(server.Address);
        var steps = await Collect(client.PullAsync("m", default));
        Assert.Equal("pulling manifest", steps[0].Status);
        Assert.Contains(steps, step => step.Total == new ByteSize(452032) && step.Completed == step.Total);
        Assert.Equal("success", steps[^1].Status);
        Assert.Equal("""{"model":"m","stream":true}""", Assert.Single(server.Asked).Body);
    }

    [Theory]
    [InlineData("0.32.1", "142")]
    [InlineData("0.32.15", "142")]
    [InlineData("0.32.1", "143")]
    [InlineData("0.32.15", "143")]
    public async Task Pull_of_a_model_that_does_not_exist_fails_with_ollamas_words(string version, string recording)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, recording);
        using var client = Client(server.Address);
        var failure = await Assert.ThrowsAsync<EngineException>(() => Collect(client.PullAsync("nope", default)));
        Assert.Contains("file does not exist", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_that_ends_without_success_is_an_error()
    {
        await using var server = (await ScriptedOllama.StartAsync()).On("POST /api/pull", "{\"status\":\"pulling manifest\"}\n");
        using var client = Client(server.Address);
        await Assert.ThrowsAsync<EngineException>(() => Collect(client.PullAsync("m", default)));
    }

    [Fact]
    public async Task Pull_with_an_endless_line_is_refused()
    {
        await using var server = (await ScriptedOllama.StartAsync()).On("POST /api/pull", new string(' ', 200_000));
        using var client = Client(server.Address);
        var failure = await Assert.ThrowsAsync<EngineException>(() => Collect(client.PullAsync("m", default)));
        Assert.Equal(LoadFailure.Engine, failure.Kind);
    }

    [Fact]
    public async Task Pull_whose_reader_leaves_drops_the_connection()
    {
        var dropped = new TaskCompletionSource();
        await using var server = (await ScriptedOllama.StartAsync()).On("POST /api/pull", async context =>
        {
            context.RequestAborted.Register(dropped.SetResult);
            await context.Response.WriteAsync("{\"status\":\"pulling manifest\"}\n");
            await dropped.Task;
        });
        using var client = Client(server.Address);
        await foreach (var step in client.PullAsync("m", default))
        {
            Assert.Equal("pulling manifest", step.Status);
            break;
        }

        await dropped.Task;
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Delete_of_an_unknown_model_is_not_installed(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "140");
        using var client = Client(server.Address);
        var failure = await Assert.ThrowsAsync<EngineException>(() => client.DeleteAsync("nope", default));
        Assert.Equal(LoadFailure.NotInstalled, failure.Kind);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Delete_names_the_model(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "139");
        using var client = Client(server.Address);
        await client.DeleteAsync("tiny-copy:latest", default);
        Assert.Equal("""{"model":"tiny-copy:latest"}""", Assert.Single(server.Asked).Body);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Forbidden_without_a_body_says_what_ollama_refuses(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "154");
        using var client = Client(server.Address);
        var failure = await Assert.ThrowsAsync<EngineException>(() => client.TagsAsync(default));
        Assert.Contains("Host", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"models":null}""")]
    [InlineData("""{"models":[]}""")]
    [InlineData("""{}""")]
    public async Task Empty_list_in_any_form_is_empty(string json)
    {
        await using var server = (await ScriptedOllama.StartAsync()).On("GET /api/ps", json);
        using var client = Client(server.Address);
        Assert.Empty(await client.RunningAsync(default));
    }

    internal static OllamaClient Client(Uri address) => new(new OllamaTransport(address, TimeProvider.System));

    private static async Task<List<PullProgress>> Collect(IAsyncEnumerable<PullProgress> steps)
    {
        var all = new List<PullProgress>();
        await foreach (var step in steps)
        {
            all.Add(step);
        }

        return all;
    }
}
