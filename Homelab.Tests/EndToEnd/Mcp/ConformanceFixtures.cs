using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>What the conformance suite expects of a reference server, as its scenarios describe it, offered by our own set-up of the SDK: so that they
/// judge the transport, the sessions and the guards that our tools are served by.</summary>
internal static class ConformanceFixtures
{
    private const string Nothing = """{"type":"object","properties":{}}""";

    /// <summary>A PNG and a WAV of nothing.</summary>
    private static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==");

    private static readonly byte[] Wav = [.. "RIFF"u8, 36, 0, 0, 0, .. "WAVEfmt "u8, 16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0, .. "data"u8, 0, 0, 0, 0];

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static void ApplyTo(McpServerOptions options)
    {
        options.ServerInfo = new Implementation { Name = "homelab-fixtures", Version = "1" };
        options.ToolCollection =
        [
            Answering("test_simple_text", Text("This is a simple text response for testing.")),
            Answering("test_image_content", ImageContentBlock.FromBytes(Png, "image/png")),
            Answering("test_audio_content", AudioContentBlock.FromBytes(Wav, "audio/wav")),
            Answering("test_embedded_resource", Embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")),
            Answering("test_multiple_content_types", Text("Multiple content types test:"), ImageContentBlock.FromBytes(Png, "image/png"), Embedded("test://mixed-content-resource", "application/json", """{"test":"data","value":123}""")),
            new FixtureTool("test_error_handling", Nothing, static (_, _) => throw new McpException("This tool intentionally returns an error for testing")),
            new FixtureTool("test_tool_with_logging", Nothing, LogAsync),
            new FixtureTool("test_tool_with_progress", Nothing, ProgressAsync),
            new FixtureTool("test_sampling", """{"type":"object","properties":{"prompt":{"type":"string"}},"required":["prompt"]}""", SampleAsync),
            new FixtureTool("test_elicitation", """{"type":"object","properties":{"message":{"type":"string"}},"required":["message"]}""", (request, cancellation) => ElicitAsync(request, """
                {"type":"object","properties":{"username":{"type":"string","description":"User's response"},"email":{"type":"string","description":"User's email address"}},"required":["username","email"]}
                """, request.Params.Arguments!["message"].GetString()!, cancellation)),
            new FixtureTool("test_elicitation_sep1034_defaults", Nothing, (request, cancellation) => ElicitAsync(request, """
                {"type":"object","properties":{"name":{"type":"string","default":"John Doe"},"age":{"type":"integer","default":30},"score":{"type":"number","default":95.5},"status":{"type":"string","enum":["active","inactive","pending"],"default":"active"},"verified":{"type":"boolean","default":true}}}
                """, "Defaults", cancellation)),
            new FixtureTool("test_elicitation_sep1330_enums", Nothing, (request, cancellation) => ElicitAsync(request, """
                {"type":"object","properties":{
                  "untitledSingle":{"type":"string","enum":["option1","option2","option3"]},
                  "titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},
                  "legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"enumNames":["Option One","Option Two","Option Three"]},
                  "untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},
                  "titledMulti":{"type":"array","items":{"anyOf":[{"const":"value1","title":"First Choice"},{"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}}}
                """, "Choices", cancellation)),
            new FixtureTool("json_schema_2020_12_tool", """
                {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
                 "$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
                 "properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":["phone","email"]},"phone":{"type":"string"},"email":{"type":"string"}},
                 "allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
                 "if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":{"required":["email"]},
                 "additionalProperties":false}
                """, static (_, _) => Task.FromResult<IList<ContentBlock>>([Text("ok")])),
        ];
        options.ResourceCollection =
        [
            Fixed("test://static-text", "text/plain", static uri => new TextResourceContents { Uri = uri, MimeType = "text/plain", Text = "This is the content of the static text resource." }),
            Fixed("test://static-binary", "image/png", static uri => BlobResourceContents.FromBytes(Png, uri, "image/png")),
            Fixed("test://watched-resource", "text/plain", static uri => new TextResourceContents { Uri = uri, MimeType = "text/plain", Text = "watched" }),
            new FixtureResource("test://template/{id}/data", "application/json", static uri => IdOf(uri) is not null, static uri => new TextResourceContents
            {
                Uri = uri,
                MimeType = "application/json",
                Text = new JsonObject { ["id"] = IdOf(uri), ["templateTest"] = true, ["data"] = "Data for ID: " + IdOf(uri) }.ToJsonString(),
            }),
        ];
        options.PromptCollection =
        [
            new FixturePrompt("test_simple_prompt", [], static _ => [Text("This is a simple prompt for testing.")]),
            new FixturePrompt("test_prompt_with_arguments", ["arg1", "arg2"], static a => [Text($"Prompt with arguments: arg1='{a["arg1"]}', arg2='{a["arg2"]}'")]),
            new FixturePrompt("test_prompt_with_embedded_resource", ["resourceUri"], static a => [Embedded(a["resourceUri"], "text/plain", "Embedded resource content for testing."), Text("Please process the embedded resource above.")]),
            new FixturePrompt("test_prompt_with_image", [], static _ => [ImageContentBlock.FromBytes(Png, "image/png"), Text("Please analyze the image above.")]),
        ];
        options.Handlers.CompleteHandler = static (_, _) => ValueTask.FromResult(new CompleteResult { Completion = new Completion { Values = ["paris", "park"], Total = 2, HasMore = false } });
        options.Handlers.SubscribeToResourcesHandler = static (_, _) => ValueTask.FromResult(new EmptyResult());
        options.Handlers.UnsubscribeFromResourcesHandler = static (_, _) => ValueTask.FromResult(new EmptyResult());
    }

    private static TextContentBlock Text(string text) => new() { Text = text };

    private static EmbeddedResourceBlock Embedded(string uri, string mimeType, string text) => new() { Resource = new TextResourceContents { Uri = uri, MimeType = mimeType, Text = text } };

    private static FixtureTool Answering(string name, params IList<ContentBlock> content) => new(name, Nothing, (_, _) => Task.FromResult(content));

    private static FixtureResource Fixed(string uri, string mimeType, Func<string, ResourceContents> read) => new(uri, mimeType, asked => asked == uri, read);

    private static string? IdOf(string uri) => uri.Split('/') is ["test:", "", "template", var id, "data"] ? id : null;

    private static async Task<IList<ContentBlock>> LogAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellation)
    {
        foreach (var message in (string[])["Tool execution started", "Tool processing data", "Tool execution completed"])
        {
            await request.Server.SendNotificationAsync("notifications/message", (JsonNode)new JsonObject { ["level"] = "info", ["data"] = message }, McpJsonUtilities.DefaultOptions, cancellation);
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }

        return [Text("logged")];
    }

    private static async Task<IList<ContentBlock>> ProgressAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellation)
    {
        foreach (var progress in (float[])[0, 50, 100])
        {
            if (request.Params.ProgressToken is { } token)
            {
                await request.Server.NotifyProgressAsync(token, new ProgressNotificationValue { Progress = progress, Total = 100 }, cancellationToken: cancellation);
            }

            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }

        return [Text("done")];
    }

    private static async Task<IList<ContentBlock>> SampleAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellation)
    {
#pragma warning disable MCP9005 // Deprecated in the newest protocol; the suite asks for it in the older ones.
        var answer = await request.Server.SampleAsync(new CreateMessageRequestParams { MaxTokens = 100, Messages = [new SamplingMessage { Content = [Text(request.Params.Arguments!["prompt"].GetString()!)] }] }, cancellation);
#pragma warning restore MCP9005
        return [Text("LLM response: " + string.Concat(answer.Content.OfType<TextContentBlock>().Select(c => c.Text)))];
    }

    private static async Task<IList<ContentBlock>> ElicitAsync(RequestContext<CallToolRequestParams> request, string schema, string message, CancellationToken cancellation)
    {
        var type = (JsonTypeInfo<ElicitRequestParams>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ElicitRequestParams));
        var asked = JsonSerializer.Deserialize(new JsonObject { ["mode"] = "form", ["message"] = message, ["requestedSchema"] = JsonNode.Parse(schema) }, type)!;
        var answer = await request.Server.ElicitAsync(asked, cancellation);
        return [Text($"User response: action={answer.Action}, content={new JsonObject((answer.Content ?? new Dictionary<string, JsonElement>()).Select(c => KeyValuePair.Create(c.Key, JsonNode.Parse(c.Value.GetRawText())))).ToJsonString()}")];
    }
}
