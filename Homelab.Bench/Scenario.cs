using System.Text;

namespace Homelab.Bench;

/// <summary>One kind of request at one number of connections.</summary>
/// <param name="Name">As the report calls it.</param>
/// <param name="Connections">Kept-alive connections, each with one request at a time.</param>
/// <param name="Body">The request's JSON.</param>
/// <param name="Events">Server-sent events that a right answer holds, its end mark included; 0: a JSON document.</param>
internal sealed record Scenario(string Name, int Connections, string Body, int Events)
{
    public const string Model = "bench:latest";

    public static Scenario Json(int connections) => new($"JSON, {connections} conn", connections, Request(stream: false, ""), 0);

    public static Scenario Stream(int connections) => new($"64 chunks, {connections} conn", connections, Request(stream: true, ""), 65);

    /// <summary>A stream whose chunks leave the mock <paramref name="milliseconds"/> apart, so that none share a packet.</summary>
    public static Scenario Paced(int connections, int chunks, int milliseconds) =>
        new($"{chunks} chunks {milliseconds} ms apart", connections, Request(stream: true, $"chunks={chunks};pause={milliseconds};"), chunks + 1);

    /// <summary>The bytes that go over the wire.</summary>
    public byte[] Encode(int port) => Encoding.ASCII.GetBytes(
        $"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nAccept: */*\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

    private static string Request(bool stream, string hint) =>
        $$"""{"model":"{{Model}}","stream":{{(stream ? "true" : "false")}},"temperature":0.2,"messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"{{hint}}Name three rivers of France and say for each where it meets the sea."}]}""";
}
