using System.Threading.Channels;
using Homelab.Gateway;

namespace Homelab.Tests.Gateway;

/// <summary>Keeps what it was told, in order, for tests to wait on.</summary>
internal sealed class RecordingUsageSink : IUsageSink
{
    private readonly Channel<RequestRecord> _records = Channel.CreateUnbounded<RequestRecord>();

    public void Record(RequestRecord record) => _records.Writer.TryWrite(record);

    public async Task<RequestRecord> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        return await _records.Reader.ReadAsync(limit.Token);
    }
}
