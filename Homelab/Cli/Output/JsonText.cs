using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Homelab.Cli.Output;

/// <summary>JSON as commands print it: names and numbers of the control API, readable text unescaped, control characters escaped.</summary>
internal static class JsonText
{
    /// <summary>Over several lines, for a command that prints one value.</summary>
    public static string Indented<T>(T value, JsonTypeInfo<T> type) => Write(value, type, indented: true);

    /// <summary>On one line, for a command that prints many.</summary>
    public static string Compact<T>(T value, JsonTypeInfo<T> type) => Write(value, type, indented: false);

    private static string Write<T>(T value, JsonTypeInfo<T> type, bool indented)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
