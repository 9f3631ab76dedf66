using System.Text.Json;

namespace Homelab.Gateway.Forwarding;

/// <summary>Looks at the events of an answer as they pass: whether its end mark came, what it cost in tokens, and which event the client must not
/// see. Holds no bytes; not thread-safe.</summary>
/// <param name="format">The answer's framing.</param>
/// <param name="hideUsage">Whether the usage chunk was asked for by the gateway, not by the client.</param>
internal sealed class StreamInspector(StreamFormat format, bool hideUsage)
{
    private TokenCounts _tokens;

    public StreamFormat Format => format;

    /// <summary>Whether the answer came to its own end: an end mark, or an error the engine reported itself.</summary>
    public bool EndSeen { get; private set; }

    /// <summary>Whether the engine reported an error in its stream.</summary>
    public bool ErrorSeen { get; private set; }

    /// <summary>Whether an answer without an end mark was cut.</summary>
    public bool NeedsEnd => format is not (StreamFormat.Document or StreamFormat.Lines);

    public TokenCounts Tokens => _tokens;

    /// <summary>Of the unit that was last looked at: bytes that the client must not see although it gets the unit.</summary>
    public Range Hidden { get; private set; }

    /// <summary>Finds the end of the next unit: an event or a line; for a document whatever is there.</summary>
    public int FindEnd(ReadOnlySpan<byte> bytes, ref int scanned)
    {
        switch (format)
        {
            case StreamFormat.Document:
                return bytes.IsEmpty ? -1 : bytes.Length;
            case StreamFormat.Lines or StreamFormat.OllamaLines:
                var at = bytes[scanned..].IndexOf((byte)'\n');
                var end = at < 0 ? -1 : scanned + at + 1;
                scanned = at < 0 ? bytes.Length : 0;
                return end;
            default:
                return EventText.FindEnd(bytes, ref scanned);
        }
    }

    /// <summary>Looks at one whole unit (or at the start of one that is too long to be held).</summary>
    /// <returns>Whether the client gets it.</returns>
    public bool Look(ReadOnlySpan<byte> unit)
    {
        Hidden = default;
        switch (format)
        {
            case StreamFormat.OpenAiEvents:
                return LookOpenAi(unit);
            case StreamFormat.ResponsesEvents:
                LookNamed(unit, "response.completed"u8, "response.failed"u8, "response.incomplete"u8);
                return true;
            case StreamFormat.AnthropicEvents:
                LookNamed(unit, "message_stop"u8, default, default);
                return true;
            case StreamFormat.OllamaLines:
                LookLine(unit);
                return true;
            default:
                return true;
        }
    }

    /// <summary>The last bytes of a document, where its usage stands.</summary>
    public void LookTail(ReadOnlySpan<byte> tail)
    {
        if (!UsageReader.TryReadUsage(tail, ref _tokens))
        {
            UsageReader.ReadNative(tail, ref _tokens);
        }
    }

    private bool LookOpenAi(ReadOnlySpan<byte> unit)
    {
        var rest = unit;
        while (EventText.NextLine(ref rest, out var line))
        {
            if (!EventText.TryField(line, "data:"u8, out var data))
            {
                continue;
            }

            if (data.SequenceEqual("[DONE]"u8))
            {
                EndSeen = true;
            }
            else if (data.StartsWith("{\"error\""u8))
            {
                EndSeen = ErrorSeen = true;
            }
        }

        if (!UsageReader.TryReadUsage(unit, ref _tokens, out var member) || !hideUsage)
        {
            return true;
        }

        // The chunk that carries usage has no choices; content never looks so, its quotes are escaped.
        if (unit.IndexOf("\"choices\":[]"u8) >= 0)
        {
            return false;
        }

        // Where it is asked for usage, Ollama puts zeros into every chunk of /v1/completions.
        Hidden = member;
        return true;
    }

    private void LookNamed(ReadOnlySpan<byte> unit, ReadOnlySpan<byte> end, ReadOnlySpan<byte> failed, ReadOnlySpan<byte> incomplete)
    {
        UsageReader.TryReadUsage(unit, ref _tokens);
        var rest = unit;
        while (EventText.NextLine(ref rest, out var line))
        {
            if (!EventText.TryField(line, "event:"u8, out var name))
            {
                continue;
            }

            var isError = name.SequenceEqual("error"u8);
            ErrorSeen |= isError;
            EndSeen |= isError || name.SequenceEqual(end) || (!name.IsEmpty && (name.SequenceEqual(failed) || name.SequenceEqual(incomplete)));
        }
    }

    private void LookLine(ReadOnlySpan<byte> line)
    {
        if (line.TrimStart((byte)' ').StartsWith("{\"error\""u8))
        {
            EndSeen = ErrorSeen = true;
        }
        else if (line.IndexOf("\"done\":true"u8) >= 0 && IsDone(line))
        {
            EndSeen = true;
            UsageReader.ReadNative(line, ref _tokens);
        }
    }

    /// <summary>A tool call's arguments may hold a <c>done</c> of their own; only the line's counts.</summary>
    private static bool IsDone(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("done"u8))
                {
                    return reader.Read() && reader.TokenType == JsonTokenType.True;
                }
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return false;
    }
}
