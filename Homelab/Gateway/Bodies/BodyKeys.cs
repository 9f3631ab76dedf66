using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Homelab.Gateway.Errors;

namespace Homelab.Gateway.Bodies;

/// <summary>The keys of one body's top level: which field each is, and that none comes twice in any spelling.</summary>
internal struct BodyKeys
{
    /// <summary>More top-level fields than any client sends.</summary>
    public const int Maximum = 128;

    private const int LongestRead = 256;

    private Hashes _seen;
    private int _count;

    /// <summary>Classifies the property name that the reader stands on.</summary>
    public GatewayError? Read(ref Utf8JsonReader reader, out BodyField field)
    {
        Span<byte> key = stackalloc byte[LongestRead];
        Span<byte> folded = stackalloc byte[LongestRead];
        field = BodyField.Other;
        ulong hash;
        var raw = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
        if (raw > LongestRead)
        {
            hash = KeyFold.Hash(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
        }
        else
        {
            key = key[..reader.CopyString(key)];
            key.CopyTo(folded);
            folded = folded[..KeyFold.Fold(folded[..key.Length])];
            field = Find(folded);
            if (field == BodyField.System && !key.SequenceEqual(folded))
            {
                // Only the prefix's hashes read it, and they may miss it.
                field = BodyField.Other;
            }

            if (field != BodyField.Other && !key.SequenceEqual(folded))
            {
                return GatewayErrors.Invalid($"the field '{GatewayErrors.Printable(Encoding.UTF8.GetString(key))}' differs only in case from '{Encoding.UTF8.GetString(folded)}'; write it in lower case", Encoding.UTF8.GetString(folded));
            }

            hash = KeyFold.Hash(folded);
        }

        if (((ReadOnlySpan<ulong>)_seen)[.._count].Contains(hash))
        {
            var name = GatewayErrors.Printable(raw > LongestRead ? "(long)" : Encoding.UTF8.GetString(folded));
            return GatewayErrors.Invalid($"the field '{name}' is given twice (fields that differ only in case are one to the engine)", name);
        }

        if (_count == Maximum)
        {
            return GatewayErrors.Invalid($"the body has more than {Maximum} fields");
        }

        _seen[_count++] = hash;
        return null;
    }

    private static BodyField Find(ReadOnlySpan<byte> key) => key.Length switch
    {
        4 when key.SequenceEqual("name"u8) => BodyField.Name,
        5 when key.SequenceEqual("model"u8) => BodyField.Model,
        5 when key.SequenceEqual("input"u8) => BodyField.Input,
        5 when key.SequenceEqual("shift"u8) => BodyField.Shift,
        6 when key.SequenceEqual("system"u8) => BodyField.System,
        6 when key.SequenceEqual("stream"u8) => BodyField.Stream,
        6 when key.SequenceEqual("prompt"u8) => BodyField.Prompt,
        7 when key.SequenceEqual("options"u8) => BodyField.Options,
        8 when key.SequenceEqual("messages"u8) => BodyField.Messages,
        10 when key.SequenceEqual("max_tokens"u8) => BodyField.MaxTokens,
        10 when key.SequenceEqual("keep_alive"u8) => BodyField.KeepAlive,
        12 when key.SequenceEqual("instructions"u8) => BodyField.System,
        14 when key.SequenceEqual("stream_options"u8) => BodyField.StreamOptions,
        21 when key.SequenceEqual("max_completion_tokens"u8) => BodyField.MaxCompletionTokens,
        _ => BodyField.Other,
    };

    /// <summary>The names seen so far, as hashes, without an allocation.</summary>
    [InlineArray(Maximum)]
    private struct Hashes
    {
        private ulong _first;
    }
}
