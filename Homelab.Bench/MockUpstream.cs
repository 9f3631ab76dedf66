using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace Homelab.Bench;

/// <summary>
/// The engine that everything under measurement forwards to: the few Ollama endpoints that a daemon asks for, a small JSON answer and a
/// stream. One blocking thread a connection and answers made beforehand, so that it costs next to nothing itself.
/// </summary>
internal static class MockUpstream
{
    /// <summary>Tokens of context of the loaded model; 0 while none is.</summary>
    private static volatile int _context;

    /// <summary>Serves until its standard input closes, which happens when its parent ends.</summary>
    public static int Run(int port)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(1024);
        new Thread(() => Accept(listener)) { IsBackground = true }.Start();
        Console.In.ReadToEnd();
        return 0;
    }

    private static void Accept(Socket listener)
    {
        while (true)
        {
            var client = listener.Accept();
            client.NoDelay = true;
            new Thread(() => Serve(client), 256 * 1024) { IsBackground = true }.Start();
        }
    }

    private static void Serve(Socket client)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (Read(client, buffer) is var (head, length) && length > 0)
            {
                Answer(client, buffer.AsSpan(0, head), buffer.AsSpan(head, length - head));
            }
        }
        catch (SocketException)
        {
            // The client is gone.
        }
        finally
        {
            client.Dispose();
        }
    }

    /// <summary>Reads one request; its head's and its whole length, or 0 where the client closed.</summary>
    private static (int Head, int Length) Read(Socket client, byte[] buffer)
    {
        var filled = 0;
        while (true)
        {
            var read = client.Receive(buffer, filled, buffer.Length - filled, SocketFlags.None);
            if (read == 0)
            {
                return default;
            }

            filled += read;
            var received = buffer.AsSpan(0, filled);
            var end = received.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                continue;
            }

            var head = end + 4;
            if (HeaderText.Value(received[..head], "content-length:"u8) is { Length: > 0 } text && Utf8Parser.TryParse(text, out int body, out _))
            {
                if (filled >= head + body)
                {
                    return (head, head + body);
                }
            }
            else if (!HeaderText.IsChunked(received[..head]) || received.EndsWith("0\r\n\r\n"u8))
            {
                return (head, filled);
            }
        }
    }

    private static void Answer(Socket client, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        if (head.StartsWith("POST /v1/chat/completions"u8))
        {
            if (body.IndexOf("\"stream\":true"u8) >= 0)
            {
                Stream(client, body);
            }
            else
            {
                client.Send(MockAnswers.Completion);
            }

            return;
        }

        if (head.StartsWith("POST /api/generate"u8))
        {
            _context = body.IndexOf("\"keep_alive\":0"u8) >= 0 ? 0 : Number(body, "\"num_ctx\":"u8, 4096);
            client.Send(MockAnswers.Loaded);
            return;
        }

        client.Send(
            head.StartsWith("GET /api/version"u8) ? MockAnswers.Version
            : head.StartsWith("GET /api/tags"u8) ? MockAnswers.Tags
            : head.StartsWith("GET /api/ps"u8) ? MockAnswers.Processes(_context)
            : head.StartsWith("POST /api/show"u8) ? MockAnswers.Show
            : head.StartsWith("GET /v1/models"u8) ? MockAnswers.Models
            : head.StartsWith("GET / "u8) || head.StartsWith("HEAD / "u8) ? MockAnswers.Running
            : MockAnswers.NotFound);
    }

    private static void Stream(Socket client, ReadOnlySpan<byte> body)
    {
        var chunks = Number(body, "chunks="u8, 64);
        var pause = Number(body, "pause="u8, 0);
        client.Send(MockAnswers.StreamHead);
        for (var sent = 1; sent < chunks; sent++)
        {
            client.Send(MockAnswers.StreamChunk);
            if (pause > 0)
            {
                Thread.Sleep(pause);
            }
        }

        client.Send(MockAnswers.StreamLast);
        if (body.IndexOf("\"include_usage\":true"u8) >= 0)
        {
            client.Send(MockAnswers.StreamUsage);
        }

        client.Send(MockAnswers.StreamDone);
    }

    private static int Number(ReadOnlySpan<byte> body, ReadOnlySpan<byte> name, int otherwise)
    {
        var at = body.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(body[(at + name.Length)..].TrimStart((byte)' '), out int value, out _) ? value : otherwise;
    }
}
