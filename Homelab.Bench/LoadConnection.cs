using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Homelab.Bench;

/// <summary>One kept-alive connection that sends the same request over and over and times each answer, on a thread of its own.</summary>
internal sealed class LoadConnection(int port, byte[] request, int events)
{
    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly List<long> _latencies = new(100_000);

    /// <summary>Ticks of <see cref="Stopwatch"/> from the first byte sent to the last byte read, one for each right answer.</summary>
    public IReadOnlyList<long> Latencies => _latencies;

    /// <summary>Answers that were not right, and connections lost.</summary>
    public int Errors { get; private set; }

    /// <summary>The first wrong answer, for the report.</summary>
    public string? FirstError { get; private set; }

    /// <summary>Sends until <paramref name="deadline"/> (a <see cref="Stopwatch"/> timestamp), or until <paramref name="count"/> answers came.</summary>
    public void Run(long deadline, int count = int.MaxValue)
    {
        while (Stopwatch.GetTimestamp() < deadline && _latencies.Count < count && Errors < 100)
        {
            try
            {
                RunConnected(deadline, count);
            }
            catch (SocketException e)
            {
                Fail(e.Message);
            }
        }
    }

    private void RunConnected(long deadline, int count)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 10_000 };
        socket.Connect(IPAddress.Loopback, port);
        while (Stopwatch.GetTimestamp() < deadline && _latencies.Count < count)
        {
            var started = Stopwatch.GetTimestamp();
            socket.Send(request);
            var length = Read(socket);
            var ended = Stopwatch.GetTimestamp();
            var answer = _buffer.AsSpan(0, length);
            if (!IsRight(answer))
            {
                Fail($"{Encoding.UTF8.GetString(answer[..Math.Min(length, 300)])} ... {Encoding.UTF8.GetString(answer[^Math.Min(length, 600)..])}");
                return;
            }

            _latencies.Add(ended - started);
        }
    }

    /// <summary>Whether it is a 200 with all its events. Those are counted in the raw bytes first; the framing is taken off only where it may have cut one.</summary>
    private bool IsRight(ReadOnlySpan<byte> answer) =>
        answer.StartsWith("HTTP/1.1 200"u8) && (events == 0 || answer.Count("data: "u8) == events || ChunkedBody.Decode(answer).AsSpan().Count("data: "u8) == events);

    /// <summary>Reads one answer to its end; the bytes stay in the buffer.</summary>
    private int Read(Socket socket)
    {
        var filled = 0;
        var expected = -1;
        var isChunked = false;
        while (filled < _buffer.Length)
        {
            var read = socket.Receive(_buffer, filled, _buffer.Length - filled, SocketFlags.None);
            if (read == 0)
            {
                return filled;
            }

            filled += read;
            var received = _buffer.AsSpan(0, filled);
            if (expected < 0 && !isChunked && received.IndexOf("\r\n\r\n"u8) is var end && end >= 0)
            {
                var head = received[..(end + 4)];
                isChunked = HeaderText.IsChunked(head);
                expected = Utf8Parser.TryParse(HeaderText.Value(head, "content-length:"u8), out int body, out _) ? head.Length + body : -1;
            }

            if ((expected >= 0 && filled >= expected) || (isChunked && received.EndsWith("\r\n0\r\n\r\n"u8)))
            {
                return filled;
            }
        }

        return filled;
    }

    private void Fail(string text)
    {
        Errors++;
        FirstError ??= text;
    }
}
