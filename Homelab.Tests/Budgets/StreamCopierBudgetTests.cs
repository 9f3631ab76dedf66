using System.IO.Pipelines;
using System.Text;
using Homelab.Gateway;
using Homelab.Gateway.Forwarding;
using Homelab.Tests.Gateway.Forwarding;

namespace Homelab.Tests.Budgets;

/// <summary>What a stream costs must not grow with its length.</summary>
public sealed class StreamCopierBudgetTests
{
    [Theory]
    [InlineData("OpenAiEvents", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word\"}}]}\n\n", "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n")]
    [InlineData("OllamaLines", "{\"message\":{\"content\":\"word\"},\"done\":false}\n", "{\"done\":true,\"prompt_eval_count\":1,\"eval_count\":2}\n")]
    public void Copying_1024_chunks_allocates_what_copying_64_does(string format, string chunk, string end)
    {
        // The first runs fill the pools and compile.
        Measure(format, chunk, end, 1024);
        Measure(format, chunk, end, 64);
        var few = Measure(format, chunk, end, 64);
        var many = Measure(format, chunk, end, 1024);

        Assert.Equal(few, many);
    }

    private static long Measure(string format, string chunk, string end, int count)
    {
        var piece = (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(chunk);
        ReadOnlyMemory<byte>[] chunks = [.. Enumerable.Repeat(piece, count), Encoding.UTF8.GetBytes(end)];
        using var watchdog = new Watchdog(new GatewayOptions { NodeName = "tower" }, TimeProvider.System);
        using var watch = new RequestWatch(watchdog, CancellationToken.None);
        var source = new ChunkedSource(chunks);
        var target = new DiscardingWriter();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var copying = StreamCopier.CopyAsync(source, target, new StreamInspector(Enum.Parse<StreamFormat>(format), true), watch);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(copying.IsCompletedSuccessfully);
        Assert.True(target.Written > count);
        return allocated;
    }

    /// <summary>Takes everything and keeps nothing.</summary>
    private sealed class DiscardingWriter : PipeWriter
    {
        private readonly byte[] _buffer = new byte[64 * 1024];
        private long _written;

        public long Written => _written;

        public override void Advance(int bytes) => _written += bytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public override Span<byte> GetSpan(int sizeHint = 0) => _buffer;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(new FlushResult(false, false));

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
