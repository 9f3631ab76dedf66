using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Homelab.Gateway.Bodies;

namespace Homelab.Tests.Gateway.Bodies;

/// <summary>The splicer: what changes on the way to an engine, and that nothing else does.</summary>
public sealed class BodyEditsTests
{
    private const EditRules All = EditRules.AskForUsage | EditRules.CopyMaximumTokens | EditRules.KeepLoaded;

    [Theory]
    [InlineData("{\"model\":\"chat\",\"messages\":[]}", "{\"model\":\"qwen3:8b\",\"messages\":[]}")]
    [InlineData("{ \"messages\" : [ ] , \"model\" : \"chat\" }", "{ \"messages\" : [ ] , \"model\" : \"qwen3:8b\" }")]
    [InlineData("{\"x\":\"\\\"model\\\":\\\"chat\\\"\",\"model\":\"ch\\u0061t\"}", "{\"x\":\"\\\"model\\\":\\\"chat\\\"\",\"model\":\"qwen3:8b\"}")]
    public async Task Alias_is_spliced_and_every_other_byte_stays(string body, string expected) =>
        Assert.Equal(expected, await EditAsync(body, "qwen3:8b", EditRules.None));

    [Theory]
    [InlineData("{\"model\":\"a\"}", "{\"stream_options\":{\"include_usage\":true},\"model\":\"a\"}")]
    [InlineData("{\"model\":\"a\",\"stream_options\":{}}", "{\"model\":\"a\",\"stream_options\":{\"include_usage\":true}}")]
    [InlineData("{\"model\":\"a\",\"stream_options\":{\"x\":1}}", "{\"model\":\"a\",\"stream_options\":{\"include_usage\":true,\"x\":1}}")]
    [InlineData("{\"model\":\"a\",\"stream_options\":{\"include_usage\":false}}", "{\"model\":\"a\",\"stream_options\":{\"include_usage\":true}}")]
    [InlineData("{\"model\":\"a\",\"stream_options\":null}", "{\"model\":\"a\",\"stream_options\":{\"include_usage\":true}}")]
    [InlineData("{\"model\":\"a\",\"stream_options\":{\"include_usage\":true}}", "{\"model\":\"a\",\"stream_options\":{\"include_usage\":true}}")]
    public async Task Engine_is_asked_for_usage_once(string body, string expected) =>
        Assert.Equal(expected, await EditAsync(body, "a", EditRules.AskForUsage));

    [Theory]
    [InlineData("{\"model\":\"a\",\"max_completion_tokens\":5}", "{\"max_tokens\":5,\"model\":\"a\",\"max_completion_tokens\":5}")]
    [InlineData("{\"model\":\"a\",\"max_tokens\":null,\"max_completion_tokens\":5}", "{\"model\":\"a\",\"max_tokens\":5,\"max_completion_tokens\":5}")]
    [InlineData("{\"model\":\"a\",\"max_tokens\":3,\"max_completion_tokens\":5}", "{\"model\":\"a\",\"max_tokens\":3,\"max_completion_tokens\":5}")]
    [InlineData("{\"model\":\"a\",\"max_completion_tokens\":null}", "{\"model\":\"a\",\"max_completion_tokens\":null}")]
    public async Task Completion_limit_that_ollama_ignores_also_reaches_it_as_max_tokens(string body, string expected) =>
        Assert.Equal(expected, await EditAsync(body, "a", EditRules.CopyMaximumTokens));

    [Theory]
    [InlineData("{\"model\":\"a\",\"keep_alive\":-1}", "{\"model\":\"a\"}")]
    [InlineData("{\"keep_alive\":-1,\"model\":\"a\"}", "{\"model\":\"a\"}")]
    [InlineData("{\"keep_alive\":-1,\"shift\":true,\"model\":\"a\",\"keep\":1}", "{\"model\":\"a\",\"keep\":1}")]
    [InlineData("{\"model\":\"a\",\"options\":{\"num_ctx\":9}}", "{\"model\":\"a\",\"options\":{}}")]
    [InlineData("{\"model\":\"a\",\"options\":{\"num_ctx\":9,\"num_gpu\":1,\"main_gpu\":0,\"use_mmap\":true,\"num_thread\":2,\"num_batch\":3,\"draft_num_predict\":4}}", "{\"model\":\"a\",\"options\":{}}")]
    [InlineData("{\"model\":\"a\",\"options\":{\"num_ctx\":9,\"seed\":1,\"num_gpu\":1,\"top_k\":2}}", "{\"model\":\"a\",\"options\":{\"seed\":1,\"top_k\":2}}")]
    [InlineData("{\"model\":\"a\",\"options\":{\"seed\":1,\"num_ctx\":9,\"num_ctx\":10}}", "{\"model\":\"a\",\"options\":{\"seed\":1}}")]
    [InlineData("{\"options\":{\"num_ctx\":9},\"keep_alive\":\"5m\",\"model\":\"a\"}", "{\"options\":{},\"model\":\"a\"}")]
    public async Task Context_guard_cuts_what_would_make_the_engine_reload(string body, string expected) =>
        Assert.Equal(expected, await EditAsync(body, "a", EditRules.KeepLoaded));

    [Fact]
    public void Random_members_in_any_order_and_chunking_stay_as_they_were_and_the_cut_ones_go()
    {
        var members = new[]
        {
            "\"model\":\"chat\"", "\"keep_alive\": \"5m\"", "\"shift\" : false", "\"options\":{\"num_ctx\":1 , \"seed\": 2,\"num_gpu\":3}",
            "\"max_completion_tokens\":9", "\"stream_options\":{ }", "\"messages\":[{\"content\":\"ä👋 \\\"model\\\"\"}]", "\"x\":{\"model\":\"deep\"}", "\"stream\":true",
        };
        Gen.Select(Gen.Shuffle(members), Gen.Int[1, members.Length], Gen.Int[1, 40], Gen.Int[0, 2]).Sample((order, count, size, spaces) =>
        {
            var chosen = order.Take(count).Union(["\"model\":\"chat\""]).ToArray();
            var pad = new string(' ', spaces);
            var body = "{" + pad + string.Join(pad + "," + pad, chosen) + pad + "}";
            var bytes = Encoding.UTF8.GetBytes(body);
            Assert.Null(BodyScanner.Scan(BodyScannerTests.Segments(bytes, size), true, out var facts));
            var edited = Apply(bytes, BodyEdits.Of(BodyScannerTests.Segments(bytes, size), facts, "real:1b", All));

            var expected = JsonNode.Parse(body)!.AsObject();
            expected["model"] = "real:1b";
            expected.Remove("keep_alive");
            expected.Remove("shift");
            (expected["options"] as JsonObject)?.Remove("num_ctx");
            (expected["options"] as JsonObject)?.Remove("num_gpu");
            expected["stream_options"] = new JsonObject { ["include_usage"] = true };
            if (expected["max_completion_tokens"] is { } limit)
            {
                expected["max_tokens"] = limit.DeepClone();
            }

            Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(edited)), $"{body}\n{edited}");
        }, iter: 2000);
    }

    [Fact]
    public async Task Body_in_pooled_segments_is_written_whole_with_an_exact_length()
    {
        var text = "{\"model\":\"chat\",\"x\":\"" + new string('y', 300_000) + "\",\"keep_alive\":0}";
        using var body = new RequestBody((long?)null);
        foreach (var chunk in Encoding.UTF8.GetBytes(text).Chunk(7777))
        {
            for (var rest = chunk.AsMemory(); rest.Length > 0;)
            {
                var room = body.GetMemory();
                var taken = Math.Min(room.Length, rest.Length);
                rest[..taken].CopyTo(room);
                body.Advance(taken);
                rest = rest[taken..];
            }
        }

        Assert.Null(BodyScanner.Scan(body.Bytes, true, out var facts));
        var content = new BodyContent(body, BodyEdits.Of(body.Bytes, facts, "m", All & ~EditRules.AskForUsage));
        using var target = new MemoryStream();
        await content.WriteToAsync(target, CancellationToken.None);

        Assert.Equal(content.Length, target.Length);
        Assert.Equal("{\"model\":\"m\",\"x\":\"" + new string('y', 300_000) + "\"}", Encoding.UTF8.GetString(target.ToArray()));
    }

    /// <summary>The edited body, by both ways to send it.</summary>
    internal static async Task<byte[]> EditedAsync(BodyContent content)
    {
        using var written = new MemoryStream();
        await content.WriteToAsync(written, CancellationToken.None);
        var copied = new byte[content.Length];
        content.CopyTo(copied);
        Assert.Equal(copied, written.ToArray());
        return copied;
    }

    private static async Task<string> EditAsync(string text, string upstreamModel, EditRules rules)
    {
        using var body = new RequestBody(Encoding.UTF8.GetBytes(text));
        Assert.Null(BodyScanner.Scan(body.Bytes, true, out var facts));
        var content = new BodyContent(body, BodyEdits.Of(body.Bytes, facts, upstreamModel, rules));
        var edited = Encoding.UTF8.GetString(await EditedAsync(content));
        using var check = JsonDocument.Parse(edited);
        return edited;
    }

    private static string Apply(byte[] body, IReadOnlyList<ByteEdit> edits)
    {
        var edited = new List<byte>();
        var position = 0;
        foreach (var edit in edits)
        {
            edited.AddRange(body.AsSpan(position, (int)edit.Range.Start - position));
            edited.AddRange(edit.Replacement.Span);
            position = (int)edit.Range.End;
        }

        edited.AddRange(body.AsSpan(position));
        return Encoding.UTF8.GetString([.. edited]);
    }
}
