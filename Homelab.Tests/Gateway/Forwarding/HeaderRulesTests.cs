using System.Text;
using Homelab.Gateway.Forwarding;
using Homelab.Gateway.Transport;
using Microsoft.AspNetCore.Http;

namespace Homelab.Tests.Gateway.Forwarding;

public sealed class HeaderRulesTests
{
    [Theory]
    [InlineData("Authorization")]
    [InlineData("X-API-Key")]
    [InlineData("api-key")]
    [InlineData("Cookie")]
    [InlineData("Origin")]
    [InlineData("Referer")]
    [InlineData("Forwarded")]
    [InlineData("X-Forwarded-For")]
    [InlineData("x-real-ip")]
    [InlineData("Via")]
    [InlineData("Sec-Fetch-Site")]
    [InlineData("Proxy-Authorization")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Content-Length")]
    [InlineData("Content-Encoding")]
    [InlineData("Keep-Alive")]
    [InlineData("Upgrade")]
    [InlineData("Trailer")]
    [InlineData("TE")]
    [InlineData("Expect")]
    [InlineData("If-None-Match")]
    [InlineData("x-homelab-hops")]
    public void Header_that_is_not_the_upstreams_business_stays_here(string name) => Assert.DoesNotContain("secret", CopyUp((name, "secret")), StringComparison.Ordinal);

    [Theory]
    [InlineData("User-Agent")]
    [InlineData("Accept")]
    [InlineData("anthropic-beta")]
    [InlineData("OpenAI-Organization")]
    [InlineData("x-stainless-retry-count")]
    [InlineData("traceparent")]
    [InlineData("x-anything")]
    public void Any_other_header_passes(string name) => Assert.Contains($"\r\n{name}: value\r\n", CopyUp((name, "value")), StringComparison.Ordinal);

    [Fact]
    public void Header_that_connection_lists_is_for_this_connection_alone()
    {
        var head = CopyUp(("Connection", "keep-alive, X-Private"), ("x-private", "secret"), ("x-public", "1"));

        Assert.DoesNotContain("secret", head, StringComparison.Ordinal);
        Assert.Contains("x-public: 1", head, StringComparison.Ordinal);
    }

    [Fact]
    public void Repeated_headers_of_an_answer_all_reach_the_client()
    {
        var to = new HeaderDictionary();
        HeaderRules.CopyDown([new("Link", "<a>"), new("Server", "x"), new("Link", "<b>"), new("Set-Cookie", "c")], to);

        Assert.Equal("<a>,<b>", to["Link"].ToString());
        Assert.Single(to);
    }

    private static string CopyUp(params (string Name, string Value)[] headers)
    {
        using var head = new RequestHead("POST", "/", "h");
        var from = new HeaderDictionary();
        foreach (var (name, value) in headers)
        {
            from[name] = value;
        }

        HeaderRules.CopyUp(from, head, "req");
        return Encoding.UTF8.GetString(head.Finish(0).Span);
    }
}
