using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Gateway.Errors;

namespace Homelab.Gateway.Bodies;

/// <summary>One strict pass over a JSON body: finds what <see cref="BodyFacts"/> holds and refuses whatever two readers could understand differently.</summary>
internal static class BodyScanner
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int MaximumDepth = 64;

    /// <summary>An escape takes up to six bytes a character.</summary>
    private const int LongestModelToken = 6 * ModelName.MaximumLength;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = MaximumDepth };

    /// <param name="bytes">The whole body.</param>
    /// <param name="needsModel">Whether a body without a model is refused.</param>
    /// <param name="facts">What was found; of use only where nothing is returned.</param>
    public static GatewayError? Scan(ReadOnlySequence<byte> bytes, bool needsModel, out BodyFacts facts)
    {
        facts = new BodyFacts();
        if (bytes.IsEmpty)
        {
            return GatewayErrors.InvalidJson("the request has no body; send a JSON object");
        }

        if (!Utf8Check.IsValid(bytes))
        {
            return GatewayErrors.InvalidJson("the body is not valid UTF-8");
        }

        if (bytes.FirstSpan.StartsWith("\uFEFF"u8))
        {
            return GatewayErrors.InvalidJson("the body starts with a byte order mark; send plain UTF-8");
        }

        try
        {
            var reader = bytes.IsSingleSegment ? new Utf8JsonReader(bytes.FirstSpan, Strict) : new Utf8JsonReader(bytes, Strict);
            return Scan(ref reader, needsModel, facts);
        }
        catch (JsonException e)
        {
            return GatewayErrors.InvalidJson(string.Create(CultureInfo.InvariantCulture, $"the body is not valid JSON (or nested deeper than {MaximumDepth}) at line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}"));
        }
        catch (InvalidOperationException)
        {
            // The reader's word for an escaped lone surrogate in a name or value that we read.
            return GatewayErrors.InvalidJson("the body holds a string that is not valid Unicode");
        }
    }

    /// <summary>For routes where Ollama takes <c>name</c> for <c>model</c>.</summary>
    public static GatewayError? ScanWithName(ReadOnlySequence<byte> bytes, out BodyFacts facts)
    {
        if (Scan(bytes, false, out facts) is { } refused)
        {
            return refused;
        }

        if (facts.ModelValue.IsEmpty && facts.Name is { } name)
        {
            facts.Model = name;
            facts.ModelValue = facts.NameValue;
        }

        return CheckModel(facts.Model);
    }

    private static GatewayError? Scan(ref Utf8JsonReader reader, bool needsModel, BodyFacts facts)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return GatewayErrors.InvalidJson("the body must be a JSON object");
        }

        facts.RootStart = reader.BytesConsumed;
        var keys = default(BodyKeys);
        var members = default(MemberCuts);
        var cuts = facts.ReloadFields;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var keyStart = reader.TokenStartIndex;
            if (keys.Read(ref reader, out var field) is { } refused)
            {
                return refused;
            }

            reader.Read();
            if (ReadValue(ref reader, field, facts, ref cuts) is { } wrong)
            {
                return wrong;
            }

            members.Add(keyStart, reader.BytesConsumed, field is BodyField.KeepAlive or BodyField.Shift, ref cuts);
        }

        members.End(ref cuts);
        facts.ReloadFields = cuts;
        while (reader.Read())
        {
            // Anything but white space behind the object throws.
        }

        return needsModel && facts.ModelValue.IsEmpty ? GatewayErrors.Invalid("model is required", "model") : null;
    }

    private static GatewayError? ReadValue(ref Utf8JsonReader reader, BodyField field, BodyFacts facts, ref List<ByteRange>? cuts)
    {
        var start = reader.TokenStartIndex;
        switch (field)
        {
            case BodyField.Model:
                return ReadModel(ref reader, facts);
            case BodyField.Name when reader.TokenType == JsonTokenType.String && reader.BytesConsumed - start <= LongestModelToken:
                facts.Name = reader.GetString();
                facts.NameValue = new ByteRange(start, reader.BytesConsumed);
                break;
            case BodyField.Stream:
                facts.Stream = reader.TokenType switch { JsonTokenType.True => true, JsonTokenType.False => false, _ => null };
                break;
            case BodyField.StreamOptions:
                return ReadStreamOptions(ref reader, facts);
            case BodyField.KeepAlive:
                facts.KeepAlive = ReadDuration(ref reader);
                break;
            case BodyField.Options when reader.TokenType == JsonTokenType.StartObject:
                ReadOptions(ref reader, facts, ref cuts);
                return null;
            case BodyField.MaxTokens:
                facts.MaxTokens = new ByteRange(start, reader.BytesConsumed);
                facts.HasMaxTokens = reader.TokenType != JsonTokenType.Null;
                break;
            case BodyField.MaxCompletionTokens when reader.TokenType == JsonTokenType.Number:
                facts.MaxCompletionTokens = new ByteRange(start, reader.BytesConsumed);
                break;
            case BodyField.Messages:
                facts.HasMessages = reader.TokenType != JsonTokenType.Null;
                facts.MessagesEmpty = SkipValue(ref reader);
                facts.Messages = new ByteRange(start, reader.BytesConsumed);
                return null;
            case BodyField.Input:
                facts.HasInput = reader.TokenType != JsonTokenType.Null;
                SkipValue(ref reader);
                facts.Input = new ByteRange(start, reader.BytesConsumed);
                return null;
            case BodyField.System:
                SkipValue(ref reader);
                facts.System = new ByteRange(start, reader.BytesConsumed);
                return null;
            case BodyField.Prompt:
                facts.PromptEmpty = reader.TokenType == JsonTokenType.Null || (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(ReadOnlySpan<byte>.Empty));
                SkipValue(ref reader);
                facts.Prompt = new ByteRange(start, reader.BytesConsumed);
                return null;
            default:
                break;
        }

        SkipValue(ref reader);
        return null;
    }

    private static GatewayError? ReadModel(ref Utf8JsonReader reader, BodyFacts facts)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return GatewayErrors.Invalid("model must be a string", "model");
        }

        if (reader.BytesConsumed - reader.TokenStartIndex > LongestModelToken)
        {
            return GatewayErrors.Invalid($"model is longer than {ModelName.MaximumLength} characters", "model");
        }

        facts.Model = reader.GetString()!;
        facts.ModelValue = new ByteRange(reader.TokenStartIndex, reader.BytesConsumed);
        return CheckModel(facts.Model);
    }

    /// <summary>What no model's name can be, whoever serves it. Keeps header and log injection out of everything behind.</summary>
    public static GatewayError? CheckModel(string model)
    {
        if (string.IsNullOrWhiteSpace(model))
        {
            return GatewayErrors.Invalid("model is required", "model");
        }

        if (model.Length > ModelName.MaximumLength)
        {
            return GatewayErrors.Invalid($"model is longer than {ModelName.MaximumLength} characters", "model");
        }

        foreach (var letter in model)
        {
            if (char.IsControl(letter))
            {
                return GatewayErrors.Invalid("model holds a control character", "model");
            }
        }

        return null;
    }

    private static GatewayError? ReadStreamOptions(ref Utf8JsonReader reader, BodyFacts facts)
    {
        var start = reader.TokenStartIndex;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            SkipValue(ref reader);
            facts.StreamOptions = new ByteRange(start, reader.BytesConsumed);
            return null;
        }

        facts.StreamOptionsStart = reader.BytesConsumed;
        facts.StreamOptionsEmpty = true;
        Span<byte> key = stackalloc byte[128];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            facts.StreamOptionsEmpty = false;
            var exact = reader.ValueTextEquals("include_usage"u8);
            var length = (reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length) <= key.Length ? reader.CopyString(key) : 0;
            var twin = key[..KeyFold.Fold(key[..length])].SequenceEqual("include_usage"u8);
            reader.Read();
            if (twin && (!exact || !facts.IncludeUsage.IsEmpty))
            {
                return GatewayErrors.Invalid("stream_options.include_usage is given twice or not in lower case", "stream_options");
            }

            var valueStart = reader.TokenStartIndex;
            var isTrue = reader.TokenType == JsonTokenType.True;
            SkipValue(ref reader);
            if (exact)
            {
                facts.WantsUsage = isTrue;
                facts.IncludeUsage = new ByteRange(valueStart, reader.BytesConsumed);
            }
        }

        facts.StreamOptions = new ByteRange(start, reader.BytesConsumed);
        return null;
    }

    /// <summary>Ollama reads this object as a map: its keys are exact, and the last of two wins.</summary>
    private static void ReadOptions(ref Utf8JsonReader reader, BodyFacts facts, ref List<ByteRange>? cuts)
    {
        var members = default(MemberCuts);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var keyStart = reader.TokenStartIndex;
            var isContext = reader.ValueTextEquals("num_ctx"u8);
            var reloads = isContext
                || reader.ValueTextEquals("num_batch"u8) || reader.ValueTextEquals("num_gpu"u8) || reader.ValueTextEquals("main_gpu"u8)
                || reader.ValueTextEquals("use_mmap"u8) || reader.ValueTextEquals("num_thread"u8) || reader.ValueTextEquals("draft_num_predict"u8);
            reader.Read();
            if (isContext && reader.TokenType == JsonTokenType.Number)
            {
                facts.Context = reader.TryGetInt32(out var context) && context > 0 ? context : 0;
            }

            SkipValue(ref reader);
            members.Add(keyStart, reader.BytesConsumed, reloads, ref cuts);
        }

        members.End(ref cuts);
    }

    private static TimeSpan? ReadDuration(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.TryGetDouble(out var seconds) && double.IsFinite(seconds) ? GoDuration.FromSeconds(seconds) : null;
        }

        if (reader.TokenType != JsonTokenType.String || (reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length) > 64)
        {
            return null;
        }

        Span<char> text = stackalloc char[64];
        return GoDuration.TryParse(text[..reader.CopyString(text)], out var value) ? value : null;
    }

    /// <summary>Leaves the reader on the value's last token.</summary>
    /// <returns>Whether it was null or an empty container.</returns>
    private static bool SkipValue(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return reader.TokenType == JsonTokenType.Null;
        }

        var depth = reader.CurrentDepth;
        reader.Read();
        if (reader.CurrentDepth == depth)
        {
            return true;
        }

        while (reader.Read() && reader.CurrentDepth > depth)
        {
            // Inside.
        }

        return false;
    }
}
