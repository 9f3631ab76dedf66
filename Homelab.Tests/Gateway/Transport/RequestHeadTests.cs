using System.Text;
using Homelab.Gateway.Transport;

namespace Homelab.Tests.Gateway.Transport;

public sealed class RequestHeadTests
{
    [Fact]
    public void Head_is_written_as_http_1_1()
    {
        using var head = new RequestHead("POST", "/v1/chat/completions?a=b", "127.0.0.1:11434");
        head.Add("Content-Type", "application/json");

        Assert.Equal("POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: 127.0.0.1:11434\r\nContent-Type: application/json\r\nContent-Length: 42\r\n\r\n", Text(head, 42));
    }

    [Fact]
    public void Request_without_a_body_tells_no_length()
    {
        using var head = new RequestHead("GET", "/", "h");

        Assert.Equal("GET / HTTP/1.1\r\nHost: h\r\n\r\n", Text(head, null));
    }

    [Theory]
    [InlineData("a\r\nx-evil: 1")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public void Value_that_would_end_its_line_is_left_out(string value)
    {
        using var head = new RequestHead("GET", "/", "h");
        head.Add("x-name", value);
        head.Add("x-none", null);

        Assert.Equal("GET / HTTP/1.1\r\nHost: h\r\n\r\n", Text(head, null));
    }

    [Fact]
    public void Target_cannot_end_the_line_either()
    {
        using var head = new RequestHead("GET", "/v1/é x\r\ny", "h");

        Assert.Equal("GET /v1/%C3%A9%20x%0D%0Ay HTTP/1.1\r\nHost: h\r\n\r\n", Text(head, null));
    }

    [Fact]
    public void Long_head_grows()
    {
        using var head = new RequestHead("GET", "/", "h");
        var value = new string('v', 30_000);
        head.Add("x-long", value);
        head.Add("x-text", "Zoë");

        Assert.Equal($"GET / HTTP/1.1\r\nHost: h\r\nx-long: {value}\r\nx-text: Zoë\r\n\r\n", Text(head, null));
    }

    private static string Text(RequestHead head, long? length) => Encoding.UTF8.GetString(head.Finish(length).Span);
}
