using System.Net.Sockets;
using System.Text;

namespace Homelab.Bench;

/// <summary>One small GET on a connection of its own; the HTTP client would allocate and warm up within the time measured.</summary>
internal static class ControlCall
{
    /// <returns>The whole answer, head included; null where nothing answered.</returns>
    public static string? Get(int port, string path) => Send(port, $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");

    /// <summary>Sends raw bytes that ask for the connection to be closed, and reads to its end.</summary>
    public static string? Send(int port, string request)
    {
        try
        {
            using var client = new TcpClient { NoDelay = true, ReceiveTimeout = 5000 };
            client.Connect("127.0.0.1", port);
            using var stream = client.GetStream();
            stream.Write(Encoding.ASCII.GetBytes(request));
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }
}
