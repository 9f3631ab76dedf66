using System.Text;
using System.Text.Json.Nodes;
using Homelab.Gateway.Bodies;

namespace Homelab.Tests.Gateway.Bodies;

/// <summary>Responses-shaped bodies on the chat path become chat completions.</summary>
public sealed class ResponsesTranslatorTests
{
    [Theory]
    [InlineData(
        "{\"model\":\"m\",\"input\":\"hi\",\"instructions\":\"be kind\",\"max_output_tokens\":9,\"stream\":true,\"store\":false}",
        "{\"model\":\"m\",\"stream\":true,\"max_tokens\":9,\"messages\":[{\"role\":\"system\",\"content\":\"be kind\"},{\"role\":\"user\",\"content\":\"hi\"}]}")]
    [InlineData(
        "{\"model\":\"m\",\"temperature\":0.5,\"input\":[{\"role\":\"developer\",\"content\":\"x\"},{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"a\"},{\"type\":\"input_image\",\"image_url\":\"data:x\",\"detail\":\"low\"}]}]}",
        "{\"model\":\"m\",\"temperature\":0.5,\"messages\":[{\"role\":\"system\",\"content\":\"x\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:x\",\"detail\":\"low\"}}]}]}")]
    [InlineData(
        "{\"model\":\"m\",\"input\":[{\"type\":\"reasoning\",\"id\":\"r\"},{\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":\"{}\"},{\"type\":\"function_call\",\"call_id\":\"c2\",\"name\":\"g\",\"arguments\":\"{}\"},{\"type\":\"function_call_output\",\"call_id\":\"c1\",\"output\":\"one\"}]}",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},{\"id\":\"c2\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"one\"}]}")]
    [InlineData(
        "{\"model\":\"m\",\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"parameters\":{\"type\":\"object\"},\"strict\":true},{\"type\":\"web_search\"}],\"tool_choice\":{\"type\":\"function\",\"name\":\"f\"},\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"s\",\"schema\":{}}}}",
        "{\"model\":\"m\",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\",\"schema\":{}}},\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"},\"strict\":true}}],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")]
    public void Body_is_translated(string body, string expected)
    {
        var (translated, error) = ResponsesTranslator.Translate(BodyScannerTests.Sequence(body));

        Assert.Null(error);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(translated)), Encoding.UTF8.GetString(translated!));
    }

    [Theory]
    [InlineData("{\"model\":\"m\",\"input\":\"x\",\"previous_response_id\":\"r\"}", "previous_response_id")]
    [InlineData("{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_id\":\"f\"}]}]}", "input")]
    [InlineData("{\"model\":\"m\",\"input\":7}", "input")]
    [InlineData("{\"model\":\"m\",\"input\":[\"x\"]}", "input")]
    public void What_chat_cannot_say_is_refused(string body, string param) =>
        Assert.Equal((400, param), (ResponsesTranslator.Translate(BodyScannerTests.Sequence(body)).Error?.Status, ResponsesTranslator.Translate(BodyScannerTests.Sequence(body)).Error?.Param));
}
