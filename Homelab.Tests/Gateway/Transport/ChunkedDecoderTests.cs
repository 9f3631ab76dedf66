using System.Text;
using CsCheck;
using Homelab.Gateway.Transport;

namespace Homelab.Tests.Gateway.Transport;

public sealed class ChunkedDecoderTests
{
    [Theory]
    [InlineData("0\r\n\r\n", "")]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5\nhello\n0\n\n", "hello")]
    [InlineData("1\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n", "a0123456789")]
    [InlineData("00000005;name=\"v\"\r\nhello\r\n000;last\r\nx-trailer: 1\r\nx-other: 2\r\n\r\n", "hello")]
    [InlineData("5  \r\nhello\r\n0\r\n\r\n", "hello")]
    public void Framing_is_taken_off(string raw, string body)
    {
        var decoded = Decode(Encoding.ASCII.GetBytes(raw), int.MaxValue, 4096, out var decoder, out var consumed);

        Assert.Equal(body, Encoding.ASCII.GetString(decoded));
        Assert.True(decoder.Ended);
        Assert.Equal(raw.Length, consumed);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("x\r\n")]
    [InlineData("-5\r\nhello")]
    [InlineData("5\rhello")]
    [InlineData("5\r\nhelloX")]
    [InlineData("5\r\nhello\rX")]
    [InlineData("FFFFFFFFFFFFFFFFF\r\n")]
    [InlineData(";x\r\n")]
    public void Broken_framing_is_an_error(string raw) =>
        Assert.Throws<InvalidDataException>(() => Decode(Encoding.ASCII.GetBytes(raw), int.MaxValue, 4096, out _, out _));

    [Theory]
    [InlineData("5;")]
    [InlineData("0\r\nx: ")]
    public void Endless_framing_is_an_error(string start) =>
        Assert.Throws<InvalidDataException>(() => Decode(Encoding.ASCII.GetBytes(start + new string('y', ChunkedDecoder.LongestLine + 1)), int.MaxValue, 4096, out _, out _));

    [Fact]
    public void Endless_trailers_are_an_error() =>
        Assert.Throws<InvalidDataException>(() => Decode(Encoding.ASCII.GetBytes("0\r\n" + string.Concat(Enumerable.Repeat("x: y\r\n", 2000))), int.MaxValue, 4096, out _, out _));

    [Fact]
    public void What_stands_behind_the_end_is_left()
    {
        Decode("0\r\n\r\nHTTP/1.1 200 OK"u8.ToArray(), int.MaxValue, 4096, out var decoder, out var consumed);

        Assert.True(decoder.Ended);
        Assert.Equal(5, consumed);
    }

    [Fact]
    public void Body_is_the_same_however_its_bytes_are_cut() =>
        Gen.Select(Gen.Byte.Array[1, 300].Array[0, 8], Gen.Int[1, 64], Gen.Int[1, 64]).Sample((chunks, piece, room) =>
        {
            var raw = new List<byte>();
            foreach (var chunk in chunks)
            {
                raw.AddRange(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"));
                raw.AddRange(chunk);
                raw.AddRange("\r\n"u8.ToArray());
            }

            raw.AddRange("0\r\n\r\n"u8.ToArray());
            var decoded = Decode([.. raw], piece, room, out var decoder, out var consumed);
            return decoder.Ended && consumed == raw.Count && decoded.SequenceEqual(chunks.SelectMany(static chunk => chunk));
        });

    /// <summary>Decodes bytes that come in pieces of a size, into room of another size.</summary>
    private static byte[] Decode(byte[] raw, int piece, int room, out ChunkedDecoder decoder, out int consumed)
    {
        decoder = default;
        consumed = 0;
        var body = new List<byte>();
        var target = new byte[room];
        var available = 0;
        while (!decoder.Ended && consumed < raw.Length)
        {
            available = Math.Max(available, (int)Math.Min((long)consumed + piece, raw.Length));
            var written = decoder.Decode(raw.AsSpan(consumed, available - consumed), target, out var used);
            Assert.True(used > 0, "no progress");
            consumed += used;
            body.AddRange(target[..written]);
        }

        return [.. body];
    }
}
