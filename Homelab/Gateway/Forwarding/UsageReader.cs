using System.Text.Json;

namespace Homelab.Gateway.Forwarding;

/// <summary>Reads token counts out of a piece of an answer without building a document. A quoted key followed by a colon cannot stand inside
/// a JSON string (its quotes would be escaped), so a plain search finds only real members.</summary>
internal static class UsageReader
{
    private static ReadOnlySpan<byte> UsageKey => "\"usage\""u8;

    /// <summary>Reads the last usage object of a document, event or tail of either, if there is one.</summary>
    /// <returns>Whether there was.</returns>
    public static bool TryReadUsage(ReadOnlySpan<byte> json, ref TokenCounts counts) => TryReadUsage(json, ref counts, out _);

    /// <summary>The same, and where the member stands.</summary>
    /// <param name="json">A document, event or tail of either.</param>
    /// <param name="counts">Those that it names are replaced.</param>
    /// <param name="member">Its key and value, with the comma before them; empty where none is before them.</param>
    public static bool TryReadUsage(ReadOnlySpan<byte> json, ref TokenCounts counts, out Range member)
    {
        member = default;
        var end = json.Length;
        while (json[..end].LastIndexOf(UsageKey) is >= 0 and var at)
        {
            var value = SkipToValue(json[(at + UsageKey.Length)..end]);
            if (!value.IsEmpty && value[0] == (byte)'{' && ReadObject(value, ref counts, out var length))
            {
                var before = json[..at].TrimEnd(" \t\r\n"u8);
                member = before.EndsWith(","u8) && length > 0 ? (before.Length - 1)..(end - value.Length + length) : default;
                return true;
            }

            end = at;
        }

        return false;
    }

    /// <summary>Reads the counts of Ollama's own last line.</summary>
    public static void ReadNative(ReadOnlySpan<byte> json, ref TokenCounts counts)
    {
        counts.Prompt = ReadNumber(json, "\"prompt_eval_count\""u8) ?? counts.Prompt;
        counts.Completion = ReadNumber(json, "\"eval_count\""u8) ?? counts.Completion;
    }

    // The length stays 0 where the end of the object is not there.
    private static bool ReadObject(ReadOnlySpan<byte> value, ref TokenCounts counts, out int length)
    {
        length = 0;
        var reader = new Utf8JsonReader(value, isFinalBlock: false, state: default);
        try
        {
            var found = false;
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var prompt = reader.ValueTextEquals("prompt_tokens"u8) || reader.ValueTextEquals("input_tokens"u8);
                var completion = reader.ValueTextEquals("completion_tokens"u8) || reader.ValueTextEquals("output_tokens"u8);
                if (!reader.Read())
                {
                    break;
                }

                if ((prompt || completion) && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number))
                {
                    counts.Prompt = prompt ? number : counts.Prompt;
                    counts.Completion = completion ? number : counts.Completion;
                    found = true;
                }
                else if (!reader.TrySkip())
                {
                    break;
                }
            }

            length = reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 0 ? (int)reader.BytesConsumed : 0;
            return found;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static long? ReadNumber(ReadOnlySpan<byte> json, ReadOnlySpan<byte> key)
    {
        var at = json.LastIndexOf(key);
        return at >= 0 && System.Buffers.Text.Utf8Parser.TryParse(SkipToValue(json[(at + key.Length)..]), out long number, out _) ? number : null;
    }

    private static ReadOnlySpan<byte> SkipToValue(ReadOnlySpan<byte> behindKey)
    {
        var rest = behindKey.TrimStart(" \t\r\n"u8);
        return rest.IsEmpty || rest[0] != (byte)':' ? default : rest[1..].TrimStart(" \t\r\n"u8);
    }
}
