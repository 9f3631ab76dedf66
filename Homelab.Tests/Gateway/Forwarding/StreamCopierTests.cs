using System.IO.Pipelines;
using System.Text;
using CsCheck;
using Homelab.Gateway;
using Homelab.Gateway.Forwarding;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Gateway.Forwarding;

/// <summary>The copier: byte-exact whatever the chunking, the end mark seen wherever it is cut, the hidden chunk gone.</summary>
public sealed class StreamCopierTests
{
    private const string Done = "data: [DONE]\n\n";

    private const string Usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":48,\"completion_tokens\":4,\"total_tokens\":52}}\n\n";

    private const string Deltas = ": hello\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"grüße 👋\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":{} [DONE]\"}}]}\r\n\r\n";

    public static TheoryData<string, string, long?, long?> Recordings => new()
    {
        { "0.32.15-v1-chat-stream", "OpenAiEvents", null, null },
        { "0.32.15-v1-chat-stream-usage", "OpenAiEvents", 48, 4 },
        { "0.32.1-v1-chat-stream-usage", "OpenAiEvents", 48, 4 },
        { "0.32.15-v1-completions-stream", "OpenAiEvents", null, null },
        { "0.32.15-v1-responses-stream", "ResponsesEvents", 48, 4 },
        { "0.32.15-v1-messages-stream", "AnthropicEvents", 48, 4 },
        { "0.32.15-chat-stream", "OllamaLines", 48, 8 },
    };

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Recorded_stream_comes_out_byte_for_byte_with_its_end_seen_in_any_chunking(string name, string format, long? prompt, long? completion)
    {
        var bytes = Encoding.UTF8.GetBytes(RecordedAnswer.Load(name).Body);
        Gen.Int[1, 600].Array[1, 40].Sample(sizes =>
        {
            var (copied, inspector, end) = Copy(Cut(bytes, sizes), Enum.Parse<StreamFormat>(format), false);

            Assert.Equal(bytes, copied);
            Assert.True(inspector.EndSeen);
            Assert.False(inspector.ErrorSeen);
            Assert.Equal(CopyEnd.SourceEnded, end);
            Assert.Equal((prompt, completion), (inspector.Tokens.Prompt, inspector.Tokens.Completion));
        }, iter: 300);
    }

    [Theory]
    [InlineData("0.32.15-v1-stream-runner-killed", "OpenAiEvents")]
    [InlineData("0.32.1-v1-stream-runner-killed", "OpenAiEvents")]
    public void Recorded_death_of_the_runner_has_no_end_mark(string name, string format)
    {
        var (copied, inspector, _) = Copy(RecordedAnswer.Load(name).Chunks.Select(c => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(c)), Enum.Parse<StreamFormat>(format), false);

        Assert.NotEmpty(copied);
        Assert.True(inspector.NeedsEnd);
        Assert.False(inspector.EndSeen);
    }

    [Fact]
    public void Recorded_error_line_of_a_native_stream_is_an_end_that_the_engine_told_itself()
    {
        var (_, inspector, _) = Copy([Encoding.UTF8.GetBytes(RecordedAnswer.Load("0.32.15-stream-runner-killed").Body)], StreamFormat.OllamaLines, false);

        Assert.True(inspector.EndSeen);
        Assert.True(inspector.ErrorSeen);
    }

    [Fact]
    public void Usage_chunk_that_the_client_did_not_ask_for_is_left_out_in_any_chunking()
    {
        var bytes = Encoding.UTF8.GetBytes(Deltas + Usage + Done);
        Gen.Int[1, 100].Array[1, 60].Sample(sizes =>
        {
            var (copied, inspector, _) = Copy(Cut(bytes, sizes), StreamFormat.OpenAiEvents, true);

            Assert.Equal(Deltas + Done, Encoding.UTF8.GetString(copied));
            Assert.True(inspector.EndSeen);
            Assert.Equal((48, 4), (inspector.Tokens.Prompt, inspector.Tokens.Completion));
        }, iter: 2000);
    }

    [Theory]
    [InlineData("{\"choices\":[{\"text\":\" a\"}],\"model\":\"m\",\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}}", "{\"choices\":[{\"text\":\" a\"}],\"model\":\"m\"}")]
    [InlineData("{\"choices\":[{\"text\":\"\\\"usage\\\":{}\"}], \"usage\" : {\"prompt_tokens\":0,\"completion_tokens_details\":{\"n\":[{}]}} ,\"model\":\"m\"}", "{\"choices\":[{\"text\":\"\\\"usage\\\":{}\"}] ,\"model\":\"m\"}")]
    [InlineData("{\"choices\":[{\"text\":\" a\"}],\"usage\":null}", "{\"choices\":[{\"text\":\" a\"}],\"usage\":null}")]
    public void Usage_that_the_engine_puts_into_every_chunk_because_the_gateway_asked_is_left_out(string sent, string passed)
    {
        var bytes = Encoding.UTF8.GetBytes($"data: {sent}\n\ndata: {sent}\n\n" + Usage + Done);
        Gen.Int[1, 100].Array[1, 60].Sample(sizes =>
        {
            var (copied, inspector, _) = Copy(Cut(bytes, sizes), StreamFormat.OpenAiEvents, true);

            Assert.Equal($"data: {passed}\n\ndata: {passed}\n\n" + Done, Encoding.UTF8.GetString(copied));
            Assert.Equal((48, 4), (inspector.Tokens.Prompt, inspector.Tokens.Completion));
        }, iter: 500);
        Assert.Equal(bytes, Copy([bytes], StreamFormat.OpenAiEvents, false).Copied);
    }

    [Theory]
    [InlineData("data: {\"x\":1}\n\ndata: [DONE]")]
    [InlineData("data: {\"x\":1}\r\rdata: [DONE]\r\r")]
    [InlineData("data:{\"x\":1}\n\ndata:[DONE]\n\n")]
    [InlineData(": bye\ndata: [DONE]\n\n")]
    public void End_mark_is_seen_in_every_spelling_of_the_grammar(string stream)
    {
        var (copied, inspector, _) = Copy([Encoding.UTF8.GetBytes(stream)], StreamFormat.OpenAiEvents, true);

        Assert.True(inspector.EndSeen);
        Assert.Equal(stream, Encoding.UTF8.GetString(copied));
    }

    [Fact]
    public void Cut_stream_loses_its_half_event_so_that_the_error_event_is_one_of_its_own()
    {
        var (copied, inspector, end) = Copy([Encoding.UTF8.GetBytes("data: {\"a\":1}\n\ndata: {\"b\":")], StreamFormat.OpenAiEvents, false, breaksOff: true);

        Assert.Equal("data: {\"a\":1}\n\n", Encoding.UTF8.GetString(copied));
        Assert.False(inspector.EndSeen);
        Assert.Equal(CopyEnd.SourceCut, end);
    }

    [Theory]
    [InlineData(100 * 1024)]
    [InlineData(3 * 1024 * 1024)]
    [InlineData(20 * 1024 * 1024)]
    public void Event_larger_than_any_buffer_passes_whole(int size)
    {
        var bytes = Encoding.UTF8.GetBytes("event: response.completed\ndata: {\"x\":\"" + new string('y', size) + "\"}\n\n");
        var (copied, inspector, _) = Copy(Cut(bytes, [64 * 1024]), StreamFormat.ResponsesEvents, false);

        Assert.True(bytes.AsSpan().SequenceEqual(copied));
        Assert.True(inspector.EndSeen);
    }

    [Fact]
    public void Done_within_a_tool_call_is_not_the_end()
    {
        var (_, inspector, _) = Copy(["{\"message\":{\"tool_calls\":[{\"function\":{\"arguments\":{\"done\":true}}}]},\"done\":false}\n"u8.ToArray()], StreamFormat.OllamaLines, false);

        Assert.False(inspector.EndSeen);
    }

    [Theory]
    [InlineData("0.32.15-v1-chat", 48, 8)]
    [InlineData("0.32.15-v1-responses", 48, 4)]
    [InlineData("0.32.15-v1-messages", 48, 4)]
    public void Document_passes_as_it_is_and_its_usage_is_read_from_its_tail(string name, long prompt, long completion)
    {
        var bytes = Encoding.UTF8.GetBytes(RecordedAnswer.Load(name).Body);
        Gen.Int[1, 300].Array[1, 20].Sample(sizes =>
        {
            var (copied, inspector, _) = Copy(Cut(bytes, sizes), StreamFormat.Document, false);

            Assert.Equal(bytes, copied);
            Assert.Equal((prompt, completion), (inspector.Tokens.Prompt, inspector.Tokens.Completion));
        }, iter: 200);
    }

    [Fact]
    public void Native_document_tells_its_counts()
    {
        var (_, inspector, _) = Copy([Encoding.UTF8.GetBytes(RecordedAnswer.Load("0.32.15-chat-nonstream").Body)], StreamFormat.Document, false);

        Assert.NotNull(inspector.Tokens.Prompt);
        Assert.NotNull(inspector.Tokens.Completion);
    }

    internal static (byte[] Copied, StreamInspector Inspector, CopyEnd End) Copy(IEnumerable<ReadOnlyMemory<byte>> chunks, StreamFormat format, bool hideUsage, bool breaksOff = false, ModelRename? rename = null)
    {
        var time = new FakeTimeProvider();
        using var watchdog = new Watchdog(new GatewayOptions { NodeName = "tower" }, time);
        using var watch = new RequestWatch(watchdog, CancellationToken.None);
        using var target = new MemoryStream();
        var writer = PipeWriter.Create(target, new StreamPipeWriterOptions(leaveOpen: true));
        var inspector = new StreamInspector(format, hideUsage);
#pragma warning disable CA2012 // It has completed: source and target are synchronous.
        var copying = StreamCopier.CopyAsync(new ChunkedSource(chunks, breaksOff), writer, inspector, watch, rename);
        Assert.True(copying.IsCompletedSuccessfully);
        var end = copying.Result;
#pragma warning restore CA2012
        writer.Complete();
        return (target.ToArray(), inspector, end);
    }

    internal static IEnumerable<ReadOnlyMemory<byte>> Cut(byte[] bytes, int[] sizes)
    {
        var at = 0;
        for (var i = 0; at < bytes.Length; i++)
        {
            var size = Math.Min(sizes[i % sizes.Length], bytes.Length - at);
            yield return bytes.AsMemory(at, size);
            at += size;
        }
    }
}
