using System.Text;
using Homelab.Gateway.Transport;

namespace Homelab.Tests.Gateway.Transport;

public sealed class AnswerHeadTests
{
    [Fact]
    public void Head_is_read_with_its_headers()
    {
        var head = Read("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Two:  a b \t\r\nx-two: c\r\nTransfer-Encoding: chunked\r\nDate: now\r\n\r\n");

        Assert.Equal(200, head.Status);
        Assert.Equal("text/event-stream", head.ContentType);
        Assert.Equal(BodyFraming.Chunked, head.Framing);
        Assert.True(head.KeepsAlive);
        Assert.Equal([new("Content-Type", "text/event-stream"), new("X-Two", "a b"), new("x-two", "c")], head.Headers);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", "Length", 12, true)]
    [InlineData("HTTP/1.1 200\r\ncontent-length:12\r\ncontent-length: 12\r\n\r\n", "Length", 12, true)]
    [InlineData("HTTP/1.1 200 \nContent-Length: 12\n\n", "Length", 12, true)]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 12\r\n\r\n", "Length", 0, true)]
    [InlineData("HTTP/1.1 304 Not Modified\r\n\r\n", "Length", 0, true)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n", "Length", 1, false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 1\r\n\r\n", "Length", 1, false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", "Length", 1, false)]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n", "Length", 1, true)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", "UntilClose", 0, false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", "Chunked", 0, true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "Chunked", 0, false)]
    public void Framing_follows_rfc_9112(string text, string framing, long length, bool keepsAlive)
    {
        var head = Read(text);

        Assert.Equal((Enum.Parse<BodyFraming>(framing), length, keepsAlive), (head.Framing, head.Length, head.KeepsAlive));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("HTTP/1.1200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 2x0 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 999 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n: empty\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n")]
    public void What_is_no_answer_is_an_error(string text)
    {
        var error = Assert.Throws<UpstreamException>(() => Read(text));

        Assert.Equal(UpstreamFault.Invalid, error.Fault);
    }

    [Theory]
    [InlineData("x-name: Zoë")]
    [InlineData("x-name: a\vb")]
    [InlineData("x-name: a\0b")]
    public void Header_that_no_answer_of_ours_could_carry_is_left_out(string line)
    {
        var head = Read($"HTTP/1.1 200 OK\r\n{line}\r\nx-kept: yes\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal("x-kept", Assert.Single(head.Headers).Key);
    }

    [Fact]
    public void Folded_line_makes_no_header_of_its_own()
    {
        var head = Read("HTTP/1.1 200 OK\r\nx-one: a\r\n x-two: b\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal([new("x-one", "a")], head.Headers);
    }

    [Fact]
    public void Endless_head_is_an_error() =>
        Assert.Throws<UpstreamException>(() => Read("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("x: y\r\n", 20_000))));

    [Fact]
    public void Too_many_headers_are_an_error() =>
        Assert.Throws<UpstreamException>(() => Read("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("x: y\r\n", 201)) + "\r\n"));

    [Fact]
    public void Head_that_comes_byte_by_byte_is_read_once_it_is_whole()
    {
        var bytes = Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nx-a: 1\r\nContent-Length: 3\r\n\r\nabc");
        var head = new AnswerHead();
        var searched = 0;
        for (var length = 0; length < bytes.Length - 3; length++)
        {
            Assert.Equal(0, head.Read(bytes.AsSpan(0, length), ref searched));
        }

        Assert.Equal(bytes.Length - 3, head.Read(bytes.AsSpan(0, bytes.Length - 3), ref searched));
        Assert.Equal(3, head.Length);
    }

    private static AnswerHead Read(string text)
    {
        var head = new AnswerHead();
        var searched = 0;
        Assert.Equal(text.Length, head.Read(Encoding.Latin1.GetBytes(text), ref searched));
        return head;
    }
}
