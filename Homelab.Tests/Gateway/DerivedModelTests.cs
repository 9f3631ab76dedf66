using System.Text;
using CsCheck;
using Homelab.Gateway;
using Homelab.Gateway.Forwarding;
using Homelab.Tests.Gateway.Forwarding;

namespace Homelab.Tests.Gateway;

/// <summary>A model whose context is configured is served by a derived one; no client ever learns its name.</summary>
public sealed class DerivedModelTests : IAsyncLifetime
{
    private const string Derived = "homelab/tiny-ctx4096:latest";

    private GatewayServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await GatewayServer.StartAsync();
        _server.Router.Route = (demand, _) => new ValueTask<RouteOutcome>(RouteOutcome.Of(_server.Router.Lease(Derived, canonical: "tiny:latest")));
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("/v1/chat/completions", "text/event-stream", "data: {\"id\":\"1\",\"model\":\"@\",\"choices\":[]}\n\ndata: [DONE]\n\n")]
    [InlineData("/v1/messages", "text/event-stream", "event: message_start\ndata: {\"message\":{\"model\":\"@\"}}\n\nevent: message_stop\ndata: {}\n\n")]
    [InlineData("/api/chat", "application/x-ndjson", "{\"model\":\"@\",\"done\":false}\n{\"model\":\"@\",\"done\":true}\n")]
    [InlineData("/v1/chat/completions", "application/json", "{\"model\":\"@\",\"choices\":[{\"message\":{\"content\":\"\\\"model\\\":\\\"homelab/tiny-ctx4096:latest\\\"\"}}]}")]
    public async Task Answer_names_the_model_as_the_client_did(string path, string type, string body)
    {
        _server.Upstream.Script = (_, reply) => reply.AnswerAsync(200, type, body.Replace("@", Derived, StringComparison.Ordinal));

        using var answer = await _server.PostAsync(path, "{\"model\":\"Tiny\",\"messages\":[{}],\"stream\":true}");

        Assert.Equal(body.Replace("@", "Tiny", StringComparison.Ordinal), await answer.Content.ReadAsStringAsync());
        Assert.Contains($"\"model\":\"{Derived}\"", _server.Upstream.Last.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_names_the_model_as_the_client_did()
    {
        _server.Upstream.Script = (_, reply) => reply.JsonAsync(404, $"{{\"error\":{{\"message\":\"model '{Derived}' not found\",\"type\":\"not_found_error\"}}}}");

        using var answer = await _server.PostAsync("/v1/chat/completions", "{\"model\":\"tiny\",\"messages\":[{}]}");

        Assert.Contains("model 'tiny' not found", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void Document_is_renamed_wherever_its_bytes_are_cut() => Gen.Int[1, 40].Array[1, 20].Sample(sizes =>
    {
        var document = Encoding.UTF8.GetBytes($"{{\"model\":\"{Derived}\",\"data\":[1,2,3],\"again\":{{\"model\":\"{Derived}\"}},\"model\":\"{Derived[..^1]}\"}}");
        var (copied, _, end) = StreamCopierTests.Copy(StreamCopierTests.Cut(document, sizes), StreamFormat.Document, false, rename: new ModelRename(Derived, "tiny"));
        return end == CopyEnd.SourceEnded
            && Encoding.UTF8.GetString(copied) == $"{{\"model\":\"tiny\",\"data\":[1,2,3],\"again\":{{\"model\":\"tiny\"}},\"model\":\"{Derived[..^1]}\"}}";
    });

    [Fact]
    public void Name_asked_for_is_escaped_as_json()
    {
        var rename = new ModelRename(Derived, "a\"b");
        var target = new System.Buffers.ArrayBufferWriter<byte>();
        rename.Write(target, Encoding.UTF8.GetBytes($"{{\"model\":\"{Derived}\"}}"));

        Assert.Equal("a\"b", System.Text.Json.JsonDocument.Parse(target.WrittenMemory).RootElement.GetProperty("model").GetString());
    }
}
