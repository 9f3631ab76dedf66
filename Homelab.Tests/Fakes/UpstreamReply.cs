using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Homelab.Tests.Fakes;

/// <summary>What a script may do with one connection: answer properly, badly or not at all.</summary>
internal sealed class UpstreamReply(NetworkStream stream)
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the connection can serve another request.</summary>
    public bool Reusable { get; private set; } = true;

    /// <summary>Completes when the other side closes while the script runs.</summary>
    public Task Gone
    {
        get
        {
            _ = WatchAsync();
            return _gone.Task;
        }
    }

    public Task JsonAsync(int status, string body) => AnswerAsync(status, "application/json", body);

    public Task AnswerAsync(int status, string contentType, string body, string headers = "")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return RawAsync([.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} X\r\nContent-Type: {contentType}\r\n{headers}Content-Length: {bytes.Length}\r\n\r\n")), .. bytes]);
    }

    public Task StartAsync(string contentType, int status = 200) =>
        RawAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} OK\r\nContent-Type: {contentType}\r\nTransfer-Encoding: chunked\r\n\r\n")));

    public Task ChunkAsync(string text) => ChunkAsync(Encoding.UTF8.GetBytes(text));

    public Task ChunkAsync(ReadOnlySpan<byte> bytes) =>
        RawAsync([.. Encoding.ASCII.GetBytes(bytes.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), .. bytes, (byte)'\r', (byte)'\n']);

    /// <summary>The zero chunk.</summary>
    public Task EndAsync() => RawAsync("0\r\n\r\n"u8.ToArray());

    /// <summary>A whole stream, one piece a chunk.</summary>
    public async Task StreamAsync(string contentType, params IEnumerable<string> chunks)
    {
        await StartAsync(contentType);
        foreach (var chunk in chunks)
        {
            await ChunkAsync(chunk);
        }

        await EndAsync();
    }

    /// <summary>Closes without another word.</summary>
    public void Cut()
    {
        Reusable = false;
        stream.Socket.Close();
    }

    public Task RawAsync(byte[] bytes) => stream.WriteAsync(bytes).AsTask();

    private async Task WatchAsync()
    {
        Reusable = false;
        try
        {
            var one = new byte[1];
            while (await stream.ReadAsync(one) > 0)
            {
                // A pipelined request would be a bug of its own; the tests send none.
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Reset: gone as well.
        }

        _gone.TrySetResult();
    }
}
