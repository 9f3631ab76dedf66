using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary><c>/api/embed</c>, <c>/api/embeddings</c> and <c>/v1/embeddings</c>: vectors of length 1 that follow from the text.</summary>
internal sealed class EmbeddingEndpoints(SimulatedState state)
{
    public async Task EmbedAsync(SimulatedExchange exchange)
    {
        var started = state.Time.GetTimestamp();
        var root = exchange.ReadJson("missing request body");
        var name = root.Text("model", "EmbedRequest");
        var input = Inputs(root.Member("input")) ?? throw new OllamaErrorException(400, "invalid input type");
        var keepAlive = RequestOptions.KeepAlive(root);
        var model = Find(name);
        var load = await UseAsync(exchange, model, RequestOptions.Load(root.Member("options") ?? default), keepAlive, isLoadOnly: input.IsEmpty);
        await exchange.JsonAsync(200, SimulatedExchange.NativeJson, w =>
        {
            w.WriteString("model", name);
            w.WriteStartArray("embeddings");
            foreach (var text in input)
            {
                WriteVector(w, Vector(model, text));
            }

            w.WriteEndArray();
            if (!input.IsEmpty)
            {
                w.WriteNumber("total_duration", Math.Max(1, state.Time.GetElapsedTime(started).Ticks * 100));
                w.WriteNumber("load_duration", Math.Max(1, load.Ticks * 100));
                w.WriteNumber("prompt_eval_count", input.Sum(AnswerWriter.CountTokens));
            }
        });
    }

    public async Task EmbedLegacyAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("missing request body");
        var model = Find(root.Text("model", "EmbeddingRequest"));
        var prompt = root.Text("prompt", "EmbeddingRequest");
        await UseAsync(exchange, model, RequestOptions.Load(root.Member("options") ?? default), RequestOptions.KeepAlive(root), isLoadOnly: prompt.Length == 0);
        await exchange.JsonAsync(200, SimulatedExchange.NativeJson, w =>
        {
            w.WritePropertyName("embedding");
            WriteVector(w, prompt.Length == 0 ? [] : Vector(model, prompt));
        });
    }

    public async Task OpenAiAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("unexpected EOF", early: true);
        var name = root.Text("model", "EmbedRequest");
        var input = Inputs(root.Member("input")) ?? throw new OllamaErrorException(400, "invalid input type");
        if (input.IsEmpty)
        {
            throw new OllamaErrorException(400, "invalid input") { Early = true };
        }

        var model = Find(name);
        await UseAsync(exchange, model, new LoadOptions(), null, isLoadOnly: false);
        var isBase64 = root.Text("encoding_format", "EmbedRequest") == "base64";
        await exchange.JsonAsync(200, SimulatedExchange.PlainJson, newLine: true, write: w =>
        {
            w.WriteString("object", "list");
            w.WriteStartArray("data");
            for (var i = 0; i < input.Length; i++)
            {
                var vector = Vector(model, input[i]);
                w.WriteStartObject();
                w.WriteString("object", "embedding");
                w.WritePropertyName("embedding");
                if (isBase64)
                {
                    w.WriteStringValue(Convert.ToBase64String(MemoryMarshal.AsBytes(vector.AsSpan())));
                }
                else
                {
                    WriteVector(w, vector);
                }

                w.WriteNumber("index", i);
                w.WriteEndObject();
            }

            w.WriteEndArray();
            w.WriteString("model", name);
            var tokens = input.Sum(AnswerWriter.CountTokens);
            w.WriteStartObject("usage");
            w.WriteNumber("prompt_tokens", tokens);
            w.WriteNumber("total_tokens", tokens);
            w.WriteEndObject();
        });
    }

    private SimulatedModel Find(string name) => state.Library.Find(name)
        ?? throw new OllamaErrorException(404, $"model \"{name}\" not found, try pulling it first");

    private async Task<TimeSpan> UseAsync(SimulatedExchange exchange, SimulatedModel model, LoadOptions options, TimeSpan? keepAlive, bool isLoadOnly)
    {
        using var lease = await state.Scheduler.AcquireAsync(model, options, keepAlive, exchange.Aborted);
        if (!model.IsEmbedder && !isLoadOnly)
        {
            throw new OllamaErrorException(501, "This server does not support embeddings. Start it with `--embeddings`");
        }

        return lease.LoadTime;
    }

    /// <summary>One text or several; null for anything else.</summary>
    private static ImmutableArray<string>? Inputs(JsonElement? input) => input switch
    {
        null => ImmutableArray<string>.Empty,
        { ValueKind: JsonValueKind.String } text => text.GetString() is { Length: > 0 } one ? [one] : ImmutableArray<string>.Empty,
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String) => [.. list.EnumerateArray().Select(e => e.GetString() ?? "")],
        _ => null,
    };

    private static float[] Vector(SimulatedModel model, string text)
    {
        var vector = new float[model.Architecture.EmbeddingLength];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        for (var i = 0; i < vector.Length; i++)
        {
            if (i % hash.Length == 0)
            {
                SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{i} {model.Blob} {text}")), hash);
            }

            vector[i] = (hash[i % hash.Length] - 127.5f) / 127.5f;
        }

        var length = MathF.Sqrt(vector.Sum(v => v * v));
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] /= length;
        }

        return vector;
    }

    private static void WriteVector(Utf8JsonWriter w, float[] vector)
    {
        w.WriteStartArray();
        foreach (var value in vector)
        {
            w.WriteNumberValue(value);
        }

        w.WriteEndArray();
    }
}
