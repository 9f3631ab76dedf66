using System.Net.Http.Json;
using System.Text.Json;

namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>The published daemon before the machine's real Ollama, with the smallest chat model and embedder that it has; two tiny ones are pulled where it
/// has none.</summary>
public sealed class RealOllama : IAsyncLifetime
{
    private const string TinyChat = "smollm2:135m";
    private const string TinyEmbedder = "all-minilm:latest";

    private HomelabProcess? _daemon;
    private ClientTarget? _target;

    /// <summary>Why the tests are left out; null where there is an Ollama.</summary>
    internal static string? SkipReason { get; } =
        HomelabExecutable.SkipReason ?? (ProgramSearch.Find("ollama") is null ? "there is no ollama on PATH" : null);

    internal ClientTarget Target => _target ?? throw new InvalidOperationException(SkipReason);

    public async Task InitializeAsync()
    {
        if (SkipReason is not null)
        {
            return;
        }

        _daemon = await HomelabProcess.StartAsync("daemon:\n  memory: { cpu_offload: allow }\n");
        _target = new ClientTarget(_daemon.Url, await SmallestAsync("completion", TinyChat), await SmallestAsync("embedding", TinyEmbedder));
    }

    public async Task DisposeAsync()
    {
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }
    }

    private async Task<string> SmallestAsync(string capability, string otherwise)
    {
        var tags = await _daemon!.Http.GetFromJsonAsync<JsonElement>("api/tags");
        var smallest = (from model in tags.GetProperty("models").EnumerateArray()
                        where model.TryGetProperty("capabilities", out var all) && all.EnumerateArray().Any(c => c.GetString() == capability)
                        orderby model.GetProperty("size").GetInt64()
                        select model.GetProperty("name").GetString()).FirstOrDefault();
        if (smallest is not null)
        {
            return smallest;
        }

        using var pulled = await _daemon.PostAsync("api/pull", $$"""{"model":"{{otherwise}}","stream":false}""");
        Assert.True(pulled.IsSuccessStatusCode, $"{otherwise} cannot be pulled: {await pulled.Content.ReadAsStringAsync()}");
        return otherwise;
    }
}
