using System.Buffers;
using System.Text;
using Homelab.Gateway.Bodies;

namespace Homelab.Tests.Gateway.Bodies;

/// <summary>The strict pass over a body: what it finds, and what it refuses because two readers could understand it differently.</summary>
public sealed class BodyScannerTests
{
    public static TheoryData<string, string, string> Refused => new()
    {
        { "", "invalid_json", "no body" },
        { "  ", "invalid_json", "not valid JSON" },
        { "[]", "invalid_json", "must be a JSON object" },
        { "{\"model\":\"a\"", "invalid_json", "not valid JSON" },
        { "{\"model\":\"a\"} x", "invalid_json", "not valid JSON" },
        { "{\"model\":\"a\"}{}", "invalid_json", "not valid JSON" },
        { "{\"model\":\"a\",}", "invalid_json", "not valid JSON" },
        { "{/* */\"model\":\"a\"}", "invalid_json", "not valid JSON" },
        { "\uFEFF{\"model\":\"a\"}", "invalid_json", "byte order mark" },
        { "{}", "invalid_request", "model is required" },
        { "{\"model\":\"\"}", "invalid_request", "model is required" },
        { "{\"model\":null}", "invalid_request", "must be a string" },
        { "{\"model\":7}", "invalid_request", "must be a string" },
        { "{\"model\":{\"a\":1}}", "invalid_request", "must be a string" },
        { "{\"model\":\"a\\r\\nx-evil: 1\"}", "invalid_request", "control character" },
        { "{\"model\":\"a\\u0000b\"}", "invalid_request", "control character" },
        { "{\"model\":\"\\ud800\"}", "invalid_json", "not valid Unicode" },
        { "{\"model\":\"a\",\"model\":\"b\"}", "invalid_request", "given twice" },
        { "{\"model\":\"a\",\"Model\":\"b\"}", "invalid_request", "differs only in case" },
        { "{\"MODEL\":\"a\"}", "invalid_request", "differs only in case" },
        { "{\"model\":\"a\",\"mod\\u0065l\":\"b\"}", "invalid_request", "given twice" },
        { "{\"model\":\"a\",\"mode\u017F\":1,\"\u017Ftream\":true}", "invalid_request", "differs only in case" },
        { "{\"model\":\"a\",\"\u212Aeep_alive\":-1}", "invalid_request", "differs only in case" },
        { "{\"model\":\"a\",\"temperature\":1,\"Temperature\":2}", "invalid_request", "given twice" },
        { "{\"model\":\"a\",\"stream_options\":{\"Include_Usage\":true}}", "invalid_request", "include_usage" },
        { "{\"model\":\"a\",\"stream_options\":{\"include_usage\":true,\"include_usage\":false}}", "invalid_request", "include_usage" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Body_that_two_readers_could_understand_differently_is_refused(string body, string code, string message)
    {
        var error = BodyScanner.Scan(Sequence(body), true, out _);

        Assert.NotNull(error);
        Assert.Equal((400, code), (error.Status, error.Code));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_of_a_thousand_is_refused_and_of_sixty_is_read()
    {
        Assert.Equal("invalid_json", BodyScanner.Scan(Sequence(Nested(1000)), true, out _)?.Code);
        Assert.Null(BodyScanner.Scan(Sequence(Nested(60)), true, out var facts));
        Assert.Equal("a", facts.Model);

        static string Nested(int depth) => "{\"model\":\"a\",\"x\":" + new string('[', depth) + new string(']', depth) + "}";
    }

    [Fact]
    public void Model_of_ten_kilobytes_is_refused() =>
        Assert.Equal("model", BodyScanner.Scan(Sequence("{\"model\":\"" + new string('a', 10_000) + "\"}"), true, out _)?.Param);

    [Theory]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF8, 0x88, 0x80, 0x80, 0x80 })]
    public void Bad_utf8_is_refused_wherever_the_segments_end(byte[] bad)
    {
        byte[] body = [.. "{\"model\":\"a\",\"messages\":\"ä"u8, .. bad, .. "\"}"u8];
        for (var size = 1; size <= body.Length; size++)
        {
            Assert.Contains("UTF-8", BodyScanner.Scan(Segments(body, size), true, out _)?.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Facts_are_the_same_however_the_body_is_cut_into_segments()
    {
        var body = Encoding.UTF8.GetBytes("""
            { "messages": [{"role":"user","content":"grüße 👋 \"model\":\"x\""}], "model" : "qwen3:8b", "stream":true,
              "options": {"num_ctx": 8192, "temperature": 0.5}, "keep_alive": "1h30m", "max_completion_tokens": 77, "stream_options":{"include_usage":false} }
            """);
        for (var size = 1; size <= body.Length; size++)
        {
            Assert.Null(BodyScanner.Scan(Segments(body, size), true, out var facts));
            Assert.Equal("qwen3:8b", facts.Model);
            Assert.Equal("\"qwen3:8b\"", Text(body, facts.ModelValue));
            Assert.True(facts.Stream);
            Assert.Equal(8192, facts.Context);
            Assert.Equal(TimeSpan.FromMinutes(90), facts.KeepAlive);
            Assert.Equal("77", Text(body, facts.MaxCompletionTokens));
            Assert.Equal("false", Text(body, facts.IncludeUsage));
            Assert.True(facts.HasMessages);
            Assert.False(facts.MessagesEmpty);
        }
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1.5", 1.5)]
    [InlineData("\"0s\"", 0)]
    [InlineData("\"0\"", 0)]
    [InlineData("\"10m\"", 600)]
    [InlineData("\"1h30m\"", 5400)]
    [InlineData("\"1.5s\"", 1.5)]
    public void Keep_alive_is_read_as_ollama_writes_it(string value, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Scan("{\"model\":\"a\",\"keep_alive\":" + value + "}").KeepAlive);

    [Theory]
    [InlineData("-1")]
    [InlineData("\"-1m\"")]
    public void Negative_keep_alive_means_for_ever(string value) =>
        Assert.Equal(Timeout.InfiniteTimeSpan, Scan("{\"model\":\"a\",\"keep_alive\":" + value + "}").KeepAlive);

    [Theory]
    [InlineData("\"60\"")]
    [InlineData("\"-1\"")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("\"soon\"")]
    public void Keep_alive_that_ollama_would_not_read_is_none(string value) =>
        Assert.Null(Scan("{\"model\":\"a\",\"keep_alive\":" + value + "}").KeepAlive);

    [Fact]
    public void Image_of_twenty_megabytes_passes()
    {
        var body = Encoding.UTF8.GetBytes("{\"messages\":[{\"content\":\"" + new string('A', 20 << 20) + "\"}],\"model\":\"a\"}");

        Assert.Null(BodyScanner.Scan(Segments(body, 64 * 1024), true, out var facts));
        Assert.Equal("a", facts.Model);
    }

    [Theory]
    [InlineData("{\"name\":\"tiny\"}", "tiny")]
    [InlineData("{\"name\":\"old\",\"model\":\"tiny\"}", "tiny")]
    public void Show_takes_the_name_where_there_is_no_model(string body, string model)
    {
        Assert.Null(BodyScanner.ScanWithName(Sequence(body), out var facts));
        Assert.Equal(model, facts.Model);
    }

    internal static ReadOnlySequence<byte> Sequence(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>The same bytes in segments of at most so many.</summary>
    internal static ReadOnlySequence<byte> Segments(byte[] bytes, int size)
    {
        var first = new Piece(bytes.AsMemory(0, Math.Min(size, bytes.Length)), 0);
        var last = first;
        for (var at = size; at < bytes.Length; at += size)
        {
            last = last.Append(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private static BodyFacts Scan(string body)
    {
        Assert.Null(BodyScanner.Scan(Sequence(body), true, out var facts));
        return facts;
    }

    private static string Text(byte[] body, ByteRange range) => Encoding.UTF8.GetString(body.AsSpan((int)range.Start, (int)range.Length));

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long start)
        {
            Memory = memory;
            RunningIndex = start;
        }

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
