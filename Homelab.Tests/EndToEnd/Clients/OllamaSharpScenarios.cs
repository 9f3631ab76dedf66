using OllamaSharp;
using OllamaSharp.Models;
using OllamaSharp.Models.Chat;

namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>OllamaSharp, a client that only knows Ollama's own interface.</summary>
internal static class OllamaSharpScenarios
{
    public static async Task ListsAndShowsAsync(ClientTarget target)
    {
        using var client = new OllamaApiClient(target.Url, target.Chat);
        Assert.Contains(await client.ListLocalModelsAsync(), m => m.Name == target.Chat);
        var shown = await client.ShowModelAsync(new ShowModelRequest { Model = target.Chat });
        Assert.NotNull(shown.Info);
        Assert.NotEmpty((await client.GetVersionAsync())!);
    }

    public static async Task ChatsAsync(ClientTarget target)
    {
        using var client = new OllamaApiClient(target.Url, target.Chat);
        var text = "";
        var isDone = false;
        await foreach (var part in client.ChatAsync(new ChatRequest
        {
            Model = target.Chat,
            Messages = [new Message(ChatRole.User, "Say hello.")],
            Options = new RequestOptions { NumPredict = 16 },
        }))
        {
            text += part?.Message.Content;
            isDone |= part?.Done == true;
        }

        Assert.NotEmpty(text);
        Assert.True(isDone);
    }

    public static async Task GeneratesAsync(ClientTarget target)
    {
        using var client = new OllamaApiClient(target.Url, target.Chat);
        var text = "";
        await foreach (var part in client.GenerateAsync(new GenerateRequest { Model = target.Chat, Prompt = "Say hello.", Options = new RequestOptions { NumPredict = 16 } }))
        {
            text += part?.Response;
        }

        Assert.NotEmpty(text);
    }

    public static async Task EmbedsAsync(ClientTarget target)
    {
        using var client = new OllamaApiClient(target.Url, target.Embed);
        var answer = await client.EmbedAsync(new EmbedRequest { Model = target.Embed, Input = ["a cat", "a dog"] });
        Assert.Equal(2, answer.Embeddings.Count);
    }

    public static async Task UnknownModelAsync(ClientTarget target)
    {
        using var client = new OllamaApiClient(target.Url, "no-such-model:1b");
        var error = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (var part in client.ChatAsync(new ChatRequest { Model = "no-such-model:1b", Messages = [new Message(ChatRole.User, "hi")] }))
            {
                Assert.Null(part);
            }
        });
        Assert.Contains("no-such-model", error.Message, StringComparison.Ordinal);
    }

    public static async Task PullFailsAsync(ClientTarget target)
    {
        using var client = new OllamaApiClient(target.Url);
        var states = new List<string>();
        var error = await Record.ExceptionAsync(async () =>
        {
            await foreach (var progress in client.PullModelAsync(new PullModelRequest { Model = "no-such-model:1b" }))
            {
                states.Add(progress?.Status ?? "");
            }
        });
        Assert.True(error is not null, "the failed pull looked like a good one: " + string.Join(", ", states));
        Assert.DoesNotContain("success", states);
    }
}
