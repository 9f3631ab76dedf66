using System.Text.Json;

namespace Homelab.Engines.Ollama;

/// <summary>Feeds the tokens of a JSON stream to a sink with bounded memory: only the longest single token is ever held.</summary>
internal static class JsonTokenStream
{
    /// <summary>Longest single token (a license, a template) in bytes.</summary>
    public const int MaximumToken = 8 << 20;

    /// <summary>Longest document in bytes; a tokenizer of 256,000 tokens with its merges takes about 15 MiB.</summary>
    public const long MaximumTotal = 256L << 20;

    /// <summary>Takes one token; the reader stands on it and must not be moved.</summary>
    internal delegate void Sink(ref Utf8JsonReader reader);

    /// <summary>Reads the whole document.</summary>
    /// <exception cref="JsonException">It is not JSON, is cut off, or exceeds a bound.</exception>
    public static async Task ReadAsync(Stream stream, Sink sink, CancellationToken cancellation)
    {
        var state = new JsonReaderState(new JsonReaderOptions { MaxDepth = 32 });
        var buffer = new byte[64 << 10];
        var (length, total) = (0, 0L);
        while (true)
        {
            if (length == buffer.Length)
            {
                if (buffer.Length >= MaximumToken)
                {
                    throw new JsonException("a token is too long");
                }

                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
            length += read;
            total += read;
            if (total > MaximumTotal)
            {
                throw new JsonException("the document is too long");
            }

            var consumed = Feed(buffer.AsSpan(0, length), read == 0, ref state, sink);
            if (read == 0)
            {
                return;
            }

            buffer.AsSpan(consumed, length - consumed).CopyTo(buffer);
            length -= consumed;
        }
    }

    private static int Feed(ReadOnlySpan<byte> bytes, bool final, ref JsonReaderState state, Sink sink)
    {
        var reader = new Utf8JsonReader(bytes, final, state);
        while (reader.Read())
        {
            sink(ref reader);
        }

        state = reader.CurrentState;
        return (int)reader.BytesConsumed;
    }
}
