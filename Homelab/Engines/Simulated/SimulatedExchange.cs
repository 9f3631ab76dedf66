using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary>One request and its answer, with the framings that Ollama uses: JSON, newline-delimited JSON, server-sent events, plain text.</summary>
internal sealed class SimulatedExchange(HttpContext http, ReadOnlyMemory<byte> body)
{
    public const string NativeJson = "application/json; charset=utf-8";
    public const string PlainJson = "application/json";

    // net/http of Go sends a length for answers that fit its buffer, and chunks for longer ones.
    private const int LongestWithLength = 2048;

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> _buffer = new(512);

    public HttpContext Http { get; } = http;

    public ReadOnlyMemory<byte> Body { get; } = body;

    public string Path { get; } = http.Request.Path.Value ?? "/";

    /// <summary>Cancelled when the client is gone.</summary>
    public CancellationToken Aborted { get; } = http.RequestAborted;

    /// <summary>The body as JSON.</summary>
    public JsonElement ReadJson(string whenEmpty, bool early = false) => GoJson.Parse(Body, whenEmpty, early);

    /// <summary>A whole answer: one object whose members <paramref name="write"/> writes.</summary>
    public async Task JsonAsync(int status, string contentType, Action<Utf8JsonWriter> write, bool newLine = false)
    {
        Write(write);
        if (newLine)
        {
            _buffer.Write("\n"u8);
        }

        Http.Response.StatusCode = status;
        Http.Response.ContentType = contentType;
        if (_buffer.WrittenCount <= LongestWithLength)
        {
            Http.Response.ContentLength = _buffer.WrittenCount;
        }

        await FlushAsync();
    }

    public Task TextAsync(int status, string contentType, string text)
    {
        Http.Response.StatusCode = status;
        Http.Response.ContentType = contentType;
        Http.Response.ContentLength = text.Length;
        return HttpMethods.IsHead(Http.Request.Method) ? Task.CompletedTask : Http.Response.WriteAsync(text, Aborted);
    }

    public void Empty(int status, bool hasLength = true)
    {
        Http.Response.StatusCode = status;
        if (hasLength)
        {
            Http.Response.ContentLength = 0;
        }
    }

    /// <summary>One line of newline-delimited JSON, sent at once.</summary>
    public Task LineAsync(Action<Utf8JsonWriter> write)
    {
        if (!Http.Response.HasStarted)
        {
            Http.Response.ContentType = "application/x-ndjson";
        }

        Write(write);
        _buffer.Write("\n"u8);
        return FlushAsync();
    }

    /// <summary>One server-sent event, sent at once.</summary>
    public Task EventAsync(Action<Utf8JsonWriter> write, string? name = null)
    {
        BeginEvents(name is not null);
        if (name is not null)
        {
            _buffer.Write("event: "u8);
            _buffer.Write(System.Text.Encoding.UTF8.GetBytes(name));
            _buffer.Write("\n"u8);
        }

        _buffer.Write("data: "u8);
        Write(write);
        _buffer.Write("\n\n"u8);
        return FlushAsync();
    }

    /// <summary>The end mark of an OpenAI stream.</summary>
    public Task DoneEventAsync()
    {
        BeginEvents(named: false);
        _buffer.Write("data: [DONE]\n\n"u8);
        return FlushAsync();
    }

    private void BeginEvents(bool named)
    {
        if (Http.Response.HasStarted)
        {
            return;
        }

        Http.Response.ContentType = "text/event-stream";
        if (named)
        {
            Http.Response.Headers.CacheControl = "no-cache";
        }
    }

    private void Write(Action<Utf8JsonWriter> write)
    {
        using var writer = new Utf8JsonWriter(_buffer, Writing);
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
    }

    private async Task FlushAsync()
    {
        await Http.Response.BodyWriter.WriteAsync(_buffer.WrittenMemory, Aborted);
        _buffer.ResetWrittenCount();
        Aborted.ThrowIfCancellationRequested();
    }
}
