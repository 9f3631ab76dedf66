using System.ClientModel;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Models;

namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>The official OpenAI client for .NET, as its users call it.</summary>
internal static class OpenAiScenarios
{
    private static readonly ApiKeyCredential Key = new("not-needed-on-loopback");

    public static async Task ListsModelsAsync(ClientTarget target)
    {
        var models = await new OpenAIModelClient(Key, Options(target)).GetModelsAsync();
        Assert.Contains(models.Value, m => m.Id == target.Chat);
    }

    public static async Task CompletesAsync(ClientTarget target)
    {
        var answer = await Chat(target).CompleteChatAsync([new SystemChatMessage("Be brief."), new UserChatMessage("Say hello.")], Few());
        Assert.NotEmpty(answer.Value.Content[0].Text);
        Assert.InRange(answer.Value.Usage.OutputTokenCount, 1, Few().MaxOutputTokenCount!.Value);
        Assert.True(answer.Value.Usage.InputTokenCount > 0);
    }

    public static async Task StreamsAsync(ClientTarget target)
    {
        var text = "";
        var finishes = new List<ChatFinishReason>();
        await foreach (var update in Chat(target).CompleteChatStreamingAsync([new UserChatMessage("Count to five.")], Few()))
        {
            text += string.Concat(update.ContentUpdate.Select(p => p.Text));
            if (update.FinishReason is { } reason)
            {
                finishes.Add(reason);
            }
        }

        Assert.NotEmpty(text);
        Assert.Single(finishes);
    }

    public static async Task CallsToolAsync(ClientTarget target)
    {
        var parameters = BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""");
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("get_weather", "Weather of a city", parameters) } };
        var answer = await Chat(target with { Chat = target.Tools }).CompleteChatAsync([new UserChatMessage("Call get_weather for Oslo.")], options);
        Assert.Equal(ChatFinishReason.ToolCalls, answer.Value.FinishReason);
        var call = Assert.Single(answer.Value.ToolCalls);
        Assert.Equal("get_weather", call.FunctionName);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(call.FunctionArguments).RootElement.ValueKind);
    }

    public static async Task EmbedsAsync(ClientTarget target)
    {
        var answer = await new EmbeddingClient(target.Embed, Key, Options(target)).GenerateEmbeddingsAsync(["a cat", "a dog"]);
        Assert.Equal(2, answer.Value.Count);
        Assert.True(answer.Value[0].ToFloats().Length > 1);
        Assert.Equal(answer.Value[0].ToFloats().Length, answer.Value[1].ToFloats().Length);
    }

    public static async Task UnknownModelAsync(ClientTarget target)
    {
        var client = new ChatClient("no-such-model:1b", Key, Options(target));
        var error = await Assert.ThrowsAsync<ClientResultException>(() => client.CompleteChatAsync([new UserChatMessage("hi")]));
        Assert.Equal(404, error.Status);
        Assert.Contains("no-such-model", error.Message, StringComparison.Ordinal);
        Assert.Contains("model_not_found", error.GetRawResponse()!.Content.ToString(), StringComparison.Ordinal);
    }

    public static ChatClient Chat(ClientTarget target) => new(target.Chat, Key, Options(target));

    private static OpenAIClientOptions Options(ClientTarget target) => new() { Endpoint = target.V1 };

    private static ChatCompletionOptions Few() => new() { MaxOutputTokenCount = 24 };
}
