using System.Text;
using System.Text.Json;
using Homelab.Domain.Residency;
using Homelab.Gateway.Errors;

namespace Homelab.Gateway.Forwarding;

/// <summary>Engine errors for clients: those already in the client's shape pass as they are, the rest is put into it.</summary>
internal static class EngineErrors
{
    /// <summary>Reads an engine's error.</summary>
    /// <param name="dialect">What the client speaks.</param>
    /// <param name="status">The engine's status, 400 or more.</param>
    /// <param name="body">As much of its body as was read.</param>
    /// <param name="node">For messages.</param>
    /// <param name="path">For messages.</param>
    /// <param name="error">What to say instead, or in a stream that has begun.</param>
    /// <returns>Whether the body has the dialect's shape and can pass as it is.</returns>
    public static bool CanPass(Dialect dialect, int status, ReadOnlySpan<byte> body, string node, string path, out GatewayError error)
    {
        if (status == 503 && body.IndexOf("server busy"u8) >= 0)
        {
            error = GatewayErrors.Of(new Refusal(RefusalReason.QueueFull, $"the engine on {node} is busy and its queue is full", TimeSpan.FromSeconds(5)));
            return false;
        }

        var (message, type, shape) = Read(body);
        var isJson = shape != ErrorShape.None;
        error = Wrap(status, message ?? Describe(status, body, isJson, node, path), type);
        return dialect switch
        {
            Dialect.Ollama => shape == ErrorShape.Text,
            Dialect.Anthropic => shape == ErrorShape.Anthropic,
            _ => shape is ErrorShape.Nested or ErrorShape.Other,
        };
    }

    /// <summary>What an error says, and its type where it names one; null where it is in no shape that is known.</summary>
    public static (string? Message, string? Type) ReadMessage(ReadOnlyMemory<byte> body)
    {
        var (message, type, _) = Read(body.Span);
        return (message, type);
    }

    private static GatewayError Wrap(int status, string message, string? type) => new(
        status,
        status == 404 ? message.Contains("model", StringComparison.OrdinalIgnoreCase) ? "model_not_found" : "not_found" : status >= 500 ? "engine_error" : "invalid_request",
        type is null or "server_error" ? ErrorType.Of(status) : type,
        message);

    private static string Describe(int status, ReadOnlySpan<byte> body, bool isJson, string node, string path)
    {
        if (status == 404 && !isJson)
        {
            return $"the engine on {node} does not serve {GatewayErrors.Printable(path)}";
        }

        var text = isJson || body.IndexOf((byte)'<') >= 0 ? "" : GatewayErrors.Printable(Encoding.UTF8.GetString(body[..Math.Min(body.Length, 200)]).Trim());
        return text.Length == 0 ? $"the engine on {node} answered {status}" : $"the engine on {node} answered {status}: {text}";
    }

    private static (string? Message, string? Type, ErrorShape Shape) Read(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        string? message = null;
        string? type = null;
        var shape = ErrorShape.None;
        var anthropic = false;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return default;
            }

            shape = ErrorShape.Other;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isError = reader.ValueTextEquals("error"u8);
                var isType = reader.ValueTextEquals("type"u8);
                reader.Read();
                if (isType && reader.TokenType == JsonTokenType.String)
                {
                    anthropic = reader.ValueTextEquals("error"u8);
                }
                else if (isError && reader.TokenType == JsonTokenType.String)
                {
                    message = reader.GetString();
                    shape = ErrorShape.Text;
                }
                else if (isError && reader.TokenType == JsonTokenType.StartObject)
                {
                    ReadNested(ref reader, ref message, ref type);
                    shape = ErrorShape.Nested;
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return default;
        }

        return (message, type, anthropic && shape == ErrorShape.Nested ? ErrorShape.Anthropic : shape);
    }

    private static void ReadNested(ref Utf8JsonReader reader, ref string? message, ref string? type)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMessage = reader.ValueTextEquals("message"u8);
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String && (isMessage || isType))
            {
                (message, type) = isMessage ? (reader.GetString(), type) : (message, reader.GetString());
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>Whose shape an engine's error body already has.</summary>
    private enum ErrorShape
    {
        /// <summary>No JSON object.</summary>
        None,

        /// <summary>JSON without an error member.</summary>
        Other,

        /// <summary><c>{"error":"..."}</c></summary>
        Text,

        /// <summary><c>{"error":{"message":...}}</c></summary>
        Nested,

        /// <summary>The same with <c>"type":"error"</c> beside it.</summary>
        Anthropic,
    }
}
