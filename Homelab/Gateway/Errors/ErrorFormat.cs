using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Homelab.Gateway.Errors;

/// <summary>Errors as bytes: the body of an answer, or the last event of a stream.</summary>
internal static class ErrorFormat
{
    /// <summary>Apostrophes stay readable: this is JSON, never put into a page.</summary>
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON document in the dialect's shape.</summary>
    public static byte[] Body(Dialect dialect, GatewayError error)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        Write(buffer, dialect, error);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What ends a stream that has begun: an event that each dialect's SDK turns into an exception. Never followed by an end mark.</summary>
    public static byte[] StreamEvent(Dialect dialect, GatewayError error)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        switch (dialect)
        {
            case Dialect.OpenAi:
                buffer.Write("data: "u8);
                Write(buffer, dialect, error);
                buffer.Write("\n\n"u8);
                break;
            case Dialect.OpenAiResponses:
                buffer.Write("event: error\ndata: "u8);
                WriteResponsesEvent(buffer, error);
                buffer.Write("\n\n"u8);
                break;
            case Dialect.Anthropic:
                buffer.Write("event: error\ndata: "u8);
                Write(buffer, dialect, error);
                buffer.Write("\n\n"u8);
                break;
            default:
                Write(buffer, dialect, error);
                buffer.Write("\n"u8);
                break;
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> buffer, Dialect dialect, GatewayError error)
    {
        using var json = new Utf8JsonWriter(buffer, Readable);
        json.WriteStartObject();
        switch (dialect)
        {
            case Dialect.Ollama:
                json.WriteString("error"u8, error.Message);
                break;
            case Dialect.Anthropic:
                json.WriteString("type"u8, "error"u8);
                json.WriteStartObject("error"u8);
                json.WriteString("type"u8, error.Type);
                json.WriteString("message"u8, error.Message);
                json.WriteEndObject();
                break;
            default:
                json.WriteStartObject("error"u8);
                json.WriteString("message"u8, error.Message);
                json.WriteString("type"u8, error.Type);
                json.WriteString("param"u8, error.Param);
                json.WriteString("code"u8, error.Code);
                json.WriteEndObject();
                break;
        }

        json.WriteEndObject();
    }

    /// <summary>The Responses API has an <c>error</c> event of its own, flat; the nested object is what older SDKs look for.</summary>
    private static void WriteResponsesEvent(ArrayBufferWriter<byte> buffer, GatewayError error)
    {
        using var json = new Utf8JsonWriter(buffer, Readable);
        json.WriteStartObject();
        json.WriteString("type"u8, "error"u8);
        json.WriteString("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        json.WriteString("param"u8, error.Param);
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, error.Message);
        json.WriteString("type"u8, error.Type);
        json.WriteString("param"u8, error.Param);
        json.WriteString("code"u8, error.Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
