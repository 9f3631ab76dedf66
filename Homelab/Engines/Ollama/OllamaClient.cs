using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Homelab.Domain.Models;

namespace Homelab.Engines.Ollama;

/// <summary>Typed client of Ollama's API. Every failure is an <see cref="EngineException"/>; cancellation is an <see cref="OperationCanceledException"/> as usual.</summary>
internal sealed class OllamaClient(OllamaTransport transport) : IDisposable
{
    /// <summary>How long Ollama keeps a model after its last use unless it is touched again. It outlasts many touches, so Ollama never unloads
    /// on its own while the daemon lives, and frees its memory by itself where the daemon died.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromHours(1);

    // Ollama refuses numbers written as strings ("60", "-1"): a Go duration with its unit.
    private static readonly JsonElement RollingKeepAlive = JsonElement.Parse("\"1h\"");
    private static readonly JsonElement UnloadNow = JsonElement.Parse("0");

    public OllamaTransport Transport => transport;

    /// <summary>The version it reports; empty where it reports none.</summary>
    public async Task<string> VersionAsync(CancellationToken cancellation) =>
        (await GetAsync("/api/version", OllamaJson.Default.ServerVersion, cancellation)).Version
        ?? throw OllamaErrors.Garbage("GET /api/version", "the answer names no version");

    /// <summary>The entries of <c>/api/tags</c> as they are.</summary>
    public async Task<IReadOnlyList<JsonElement>> TagsAsync(CancellationToken cancellation) =>
        (await GetAsync("/api/tags", OllamaJson.Default.ModelList, cancellation)).Models ?? [];

    /// <summary>The entries of <c>/api/ps</c> as they are.</summary>
    public async Task<IReadOnlyList<JsonElement>> RunningAsync(CancellationToken cancellation) =>
        (await GetAsync("/api/ps", OllamaJson.Default.ModelList, cancellation)).Models ?? [];

    /// <summary>A model's metadata. Only <paramref name="verbose"/> answers hold arrays, and megabytes of tokenizer with them, which are skipped unread.</summary>
    public Task<ShowMetadata> ShowAsync(string model, bool verbose, CancellationToken cancellation) => GuardAsync("POST /api/show", async call =>
    {
        var body = Body(new OllamaWire.ModelReference(model, verbose ? true : null), OllamaJson.Default.ModelReference);
        using var response = await transport.CallAsync(HttpMethod.Post, "/api/show", body, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await EnsureAsync(call, response, cancellation);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        return await ShowMetadata.ReadAsync(stream, cancellation);
    }, cancellation);

    /// <summary>Loads, or renews the timer of what is loaded. No time-out: the caller's token ends it, and with it the load.</summary>
    public Task LoadAsync(string model, bool isEmbedder, CancellationToken cancellation) => isEmbedder
        ? KeepAsync("/api/embed", Body(new OllamaWire.Embed(model, RollingKeepAlive), OllamaJson.Default.Embed), cancellation)
        : KeepAsync("/api/generate", Body(new OllamaWire.Generate(model, RollingKeepAlive), OllamaJson.Default.Generate), cancellation);

    /// <summary>Asks for an unload. Ollama answers at once and unloads when the last request that uses the model has ended. Works for embedders too.</summary>
    public Task UnloadAsync(string model, CancellationToken cancellation) =>
        KeepAsync("/api/generate", Body(new OllamaWire.Generate(model, UnloadNow), OllamaJson.Default.Generate), cancellation);

    /// <summary>Deletes a model from disk; <see cref="Domain.Residency.LoadFailure.NotInstalled"/> where there is none.</summary>
    public Task DeleteAsync(string model, CancellationToken cancellation) => GuardAsync("DELETE /api/delete", async call =>
    {
        var body = Body(new OllamaWire.ModelReference(model), OllamaJson.Default.ModelReference);
        using var response = await transport.CallAsync(HttpMethod.Delete, "/api/delete", body, HttpCompletionOption.ResponseContentRead, cancellation);
        await EnsureAsync(call, response, cancellation);
        return true;
    }, cancellation);

    /// <summary>Creates <paramref name="model"/> as <paramref name="from"/> with its own context. Takes no disk for weights. The source must be
    /// installed: Ollama would download it otherwise.</summary>
    public Task CreateAsync(string model, string from, int context, CancellationToken cancellation) => GuardAsync("POST /api/create", async call =>
    {
        var body = Body(new OllamaWire.Create(model, from, new OllamaWire.CreateParameters(context)), OllamaJson.Default.Create);
        using var response = await transport.CallAsync(HttpMethod.Post, "/api/create", body, HttpCompletionOption.ResponseContentRead, cancellation);
        var created = await AnswerAsync(call, response, OllamaJson.Default.Created, cancellation);
        return created switch
        {
            { Error: { } error } => throw OllamaErrors.FromLine(error),
            { Status: "success" } => true,
            _ => throw OllamaErrors.Garbage(call, "the answer does not say success"),
        };
    }, cancellation);

    /// <summary>Downloads a model. Ending the enumeration or cancelling drops the connection, which stops the download; what is there is kept for the next try.</summary>
    public async IAsyncEnumerable<PullProgress> PullAsync(string model, [EnumeratorCancellation] CancellationToken cancellation)
    {
        const string Call = "POST /api/pull";
        var body = Body(new OllamaWire.Pull(model), OllamaJson.Default.Pull);
        using var response = await GuardAsync(Call, async call =>
        {
            var answer = await transport.SendAsync(HttpMethod.Post, "/api/pull", body, HttpCompletionOption.ResponseHeadersRead, cancellation);
            try
            {
                await EnsureAsync(call, answer, cancellation);
                return answer;
            }
            catch
            {
                answer.Dispose();
                throw;
            }
        }, cancellation);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        await using var lines = new BoundedLines(stream);
        var success = false;
        while (await GuardAsync(Call, _ => lines.NextAsync(cancellation), cancellation) is { } line)
        {
            var progress = await GuardAsync(Call, _ => Task.FromResult(JsonSerializer.Deserialize(line, OllamaJson.Default.Progress)), cancellation);
            if (progress?.Error is { } error)
            {
                throw OllamaErrors.FromLine(error);
            }

            success = progress?.Status == "success";
            yield return new PullProgress(
                OllamaErrors.Clean(progress?.Status ?? ""),
                new ByteSize(Math.Max(0, progress?.Completed ?? 0)),
                new ByteSize(Math.Max(0, progress?.Total ?? 0)));
        }

        if (!success)
        {
            throw OllamaErrors.Garbage(Call, "the download ended before it was complete");
        }
    }

    public void Dispose() => transport.Dispose();

    private static byte[] Body<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static async Task EnsureAsync(string call, HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw OllamaErrors.FromResponse(call, response.StatusCode, response.Content.Headers.ContentType, await FirstBytesAsync(response.Content, cancellation));
        }
    }

    private static async Task<byte[]> FirstBytesAsync(HttpContent content, CancellationToken cancellation)
    {
        var buffer = new byte[64 << 10];
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        return buffer[..await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation)];
    }

    private static async Task<T> AnswerAsync<T>(string call, HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        await EnsureAsync(call, response, cancellation);
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        return JsonSerializer.Deserialize(body, type) ?? throw OllamaErrors.Garbage(call, "the answer is null");
    }

    private Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class => GuardAsync($"GET {path}", async call =>
    {
        using var response = await transport.GetAsync(path, cancellation);
        return await AnswerAsync(call, response, type, cancellation);
    }, cancellation);

    private Task<bool> KeepAsync(string path, byte[] body, CancellationToken cancellation) => GuardAsync($"POST {path}", async call =>
    {
        using var response = await transport.SendAsync(HttpMethod.Post, path, body, HttpCompletionOption.ResponseContentRead, cancellation);
        return await AnswerAsync(call, response, OllamaJson.Default.Loaded, cancellation) switch
        {
            { Error: { } error } => throw OllamaErrors.FromLine(error),
            { Done: true } or { Embeddings: not null } => true,
            _ => throw OllamaErrors.Garbage(call, "the answer does not say that the model is loaded"),
        };
    }, cancellation);

    private async Task<T> GuardAsync<T>(string call, Func<string, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            return await work(call);
        }
        catch (Exception exception) when (OllamaErrors.IsTransport(exception) && !cancellation.IsCancellationRequested)
        {
            throw OllamaErrors.FromTransport(call, transport.BaseAddress, exception);
        }
    }
}
