using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Homelab.Tests.Fakes;

/// <summary>An engine on a loopback port that does exactly what its script says, down to the bytes, and remembers what it was asked.</summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<Socket> _sockets = new();
    private readonly Task _accepting;
    private int _open;
    private int _accepted;

    public ScriptedUpstream()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Runs for each request.</summary>
    public Func<UpstreamRequest, UpstreamReply, Task> Script { get; set; } = (_, reply) => reply.JsonAsync(200, "{}");

    public ConcurrentQueue<UpstreamRequest> Requests { get; } = new();

    public UpstreamRequest Last => Requests.Last();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"));

    /// <summary>Connections that are open now.</summary>
    public int OpenConnections => Volatile.Read(ref _open);

    /// <summary>Connections made so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        while (_sockets.TryDequeue(out var socket))
        {
            socket.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                socket.NoDelay = true;
                _sockets.Enqueue(socket);
                Interlocked.Increment(ref _open);
                Interlocked.Increment(ref _accepted);
                _ = ServeAsync(socket);
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // Stopped; between two connections that is an operation which is not valid any more (a disposed object is a kind of it).
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            while (await ReadAsync(stream) is { } request)
            {
                Requests.Enqueue(request);
                var reply = new UpstreamReply(stream);
                await Script(request, reply);
                if (!reply.Reusable)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            // The other side left.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private static async Task<UpstreamRequest?> ReadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        var lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).GroupBy(pair => pair[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => string.Join(", ", group.Select(pair => pair[1])), StringComparer.OrdinalIgnoreCase);
        var body = new byte[headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0];
        await stream.ReadExactlyAsync(body);
        return new UpstreamRequest(first[0], first[1], headers, body);
    }
}
