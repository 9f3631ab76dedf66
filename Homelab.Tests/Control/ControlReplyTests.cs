using System.Text;
using System.Text.Json;
using Homelab.Contracts;
using Homelab.Control;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Homelab.Tests.Control;

/// <summary>Bodies of the control API: small, JSON, and in good time.</summary>
public sealed class ControlReplyTests
{
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"model\":")]
    [InlineData("{\"model\":5}")]
    public async Task What_is_not_the_body_of_the_call_is_400_in_our_words(string body)
    {
        var context = Context(body);

        Assert.Null(await ControlReply.ReadAsync(context, ContractsJson.Default.ModelCommandWire));

        Assert.Equal((400, "invalid_json"), (context.Response.StatusCode, ErrorOf(context).Code));
        Assert.DoesNotContain("Homelab.", ErrorOf(context).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_beyond_the_limit_is_413(bool tellsLength)
    {
        var context = Context($$"""{"model":"{{new string('x', 64 * 1024)}}"}""", tellsLength);

        Assert.Null(await ControlReply.ReadAsync(context, ContractsJson.Default.ModelCommandWire));

        Assert.Equal((413, "body_too_large"), (context.Response.StatusCode, ErrorOf(context).Code));
    }

    [Fact]
    public async Task A_body_with_unknown_fields_is_read_and_must_come_in_good_time()
    {
        var context = Context("""{"model":"qwen3:8b","later":{"a":[1]}}""");
        var rate = new BodyRate();
        context.Features.Set<IHttpMinRequestBodyDataRateFeature>(rate);

        Assert.Equal("qwen3:8b", (await ControlReply.ReadAsync(context, ContractsJson.Default.ModelCommandWire))!.Model);
        Assert.NotNull(rate.MinDataRate);
    }

    private static DefaultHttpContext Context(string body, bool tellsLength = true)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return new DefaultHttpContext { Request = { Body = new MemoryStream(bytes), ContentLength = tellsLength ? bytes.Length : null }, Response = { Body = new MemoryStream() } };
    }

    private static ErrorDetailWire ErrorOf(HttpContext context) =>
        JsonSerializer.Deserialize(((MemoryStream)context.Response.Body).ToArray(), ContractsJson.Default.ErrorWire)!.Error;

    /// <summary>What the server would hold a body to.</summary>
    private sealed class BodyRate : IHttpMinRequestBodyDataRateFeature
    {
        public MinDataRate? MinDataRate { get; set; }
    }
}
