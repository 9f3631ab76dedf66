using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Homelab.Gateway.Bodies;

/// <summary>Works out how a body must differ on its way to an engine. What is not named here arrives byte for byte as the client wrote it.</summary>
internal static class BodyEdits
{
    private static readonly IReadOnlyList<ByteEdit> None = [];

    private static readonly byte[] UsageMember = "\"stream_options\":{\"include_usage\":true},"u8.ToArray();

    private static readonly byte[] UsageObject = "{\"include_usage\":true}"u8.ToArray();

    private static readonly byte[] UsageFlag = "\"include_usage\":true"u8.ToArray();

    private static readonly byte[] UsageFlagAndComma = "\"include_usage\":true,"u8.ToArray();

    private static readonly byte[] True = "true"u8.ToArray();

    /// <param name="body">The raw body, for what is copied within it.</param>
    /// <param name="facts">Where things stand in it.</param>
    /// <param name="upstreamModel">The name that the upstream knows the model by.</param>
    /// <param name="rules">What the route and the upstream ask for.</param>
    public static IReadOnlyList<ByteEdit> Of(ReadOnlySequence<byte> body, BodyFacts facts, string upstreamModel, EditRules rules)
    {
        List<ByteEdit>? edits = null;
        if (!facts.ModelValue.IsEmpty && !string.Equals(facts.Model, upstreamModel, StringComparison.Ordinal))
        {
            (edits ??= []).Add(new ByteEdit(facts.ModelValue, facts.ModelIsBare ? Encoding.UTF8.GetBytes(upstreamModel) : Quoted(upstreamModel)));
        }

        if (rules.HasFlag(EditRules.AskForUsage) && !facts.WantsUsage)
        {
            (edits ??= []).Add(AskForUsage(facts));
        }

        if (rules.HasFlag(EditRules.CopyMaximumTokens) && !facts.MaxCompletionTokens.IsEmpty && !facts.HasMaxTokens)
        {
            (edits ??= []).Add(CopyMaximumTokens(body, facts));
        }

        if (rules.HasFlag(EditRules.KeepLoaded) && facts.ReloadFields is { } fields)
        {
            edits ??= [];
            foreach (var range in fields)
            {
                edits.Add(new ByteEdit(range, default));
            }
        }

        // Stable for equal starts: insertions come first because they are added first and are shorter.
        edits?.Sort(static (a, b) => a.Range.Start != b.Range.Start ? a.Range.Start.CompareTo(b.Range.Start) : a.Range.Length.CompareTo(b.Range.Length));
        return edits ?? None;
    }

    private static ByteEdit AskForUsage(BodyFacts facts) => facts switch
    {
        { StreamOptions.IsEmpty: true } => Insert(facts.RootStart, UsageMember),
        { IncludeUsage.IsEmpty: false } => new ByteEdit(facts.IncludeUsage, True),
        { StreamOptionsStart: > 0 } => Insert(facts.StreamOptionsStart, facts.StreamOptionsEmpty ? UsageFlag : UsageFlagAndComma),
        _ => new ByteEdit(facts.StreamOptions, UsageObject),
    };

    private static ByteEdit CopyMaximumTokens(ReadOnlySequence<byte> body, BodyFacts facts)
    {
        var number = body.Slice(facts.MaxCompletionTokens.Start, facts.MaxCompletionTokens.Length).ToArray();
        return facts.MaxTokens.IsEmpty
            ? Insert(facts.RootStart, [.. "\"max_tokens\":"u8, .. number, (byte)','])
            : new ByteEdit(facts.MaxTokens, number);
    }

    private static ByteEdit Insert(long at, byte[] bytes) => new(new ByteRange(at, at), bytes);

    private static byte[] Quoted(string text) => [(byte)'"', .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, (byte)'"'];
}
