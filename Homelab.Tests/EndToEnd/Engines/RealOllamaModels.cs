using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Homelab.Tests.Fakes.Gguf;

namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>A folder with the models of <see cref="EngineAndDaemon"/> as a real Ollama stores them: tiny, with random weights, made here when the first test
/// asks for them, deleted after the last.</summary>
public sealed class RealOllamaModels : IAsyncLifetime
{
    private const string Chat = "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n";

    private const string ToolChat = """
        {{- if .Tools }}<|im_start|>system
        {{- range .Tools }}
        {"type": "function", "function": {{ .Function }}}
        {{- end }}
        For a call answer with <tool_call>
        {"name": <name>, "arguments": <arguments>}
        </tool_call><|im_end|>
        {{ end }}
        {{- range .Messages }}<|im_start|>{{ .Role }}
        {{ .Content }}
        {{- if .ToolCalls }}{{ range .ToolCalls }}<tool_call>
        {"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}
        </tool_call>
        {{- end }}{{ end }}<|im_end|>
        {{ end }}<|im_start|>assistant

        """;

    private readonly Lazy<Task<string>> _folder;
    private string? _made;

    public RealOllamaModels() => _folder = new Lazy<Task<string>>(MakeAsync);

    /// <summary>Context of the two that do not fit together: most of what they take is its cache.</summary>
    internal static int LargeContext => 32768;

    /// <summary>The home of an Ollama that has them.</summary>
    internal Task<string> FolderAsync() => _folder.Value;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        if (_made is not null)
        {
            Directory.Delete(_made, recursive: true);
        }

        return Task.CompletedTask;
    }

    private static TinyLlama Large(string name, int seed) =>
        new() { Name = name, Seed = seed, Width = 512, Layers = 6, Heads = 8, FeedForward = 1536, Context = LargeContext, IsHalf = true };

    private static async Task CreateAsync(RealOllamaServer server, string name, string? template, int context, string path)
    {
        await using var file = File.OpenRead(path);
        var digest = "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(file));
        file.Position = 0;
        using var content = new StreamContent(file);
        using var blob = await server.Http.PostAsync(new Uri("api/blobs/" + digest, UriKind.Relative), content);
        Assert.True(blob.IsSuccessStatusCode, $"{name}: {blob.StatusCode} {await blob.Content.ReadAsStringAsync()}");

        // Two spinning threads are slow on a machine with two busy processors.
        var parameters = new JsonObject { ["num_thread"] = 1 };
        if (context > 0)
        {
            parameters["num_ctx"] = context;
        }

        var body = new JsonObject { ["model"] = name, ["files"] = new JsonObject { [name.Replace(':', '-') + ".gguf"] = digest }, ["stream"] = false, ["parameters"] = parameters };
        if (template is not null)
        {
            body["template"] = template;
        }

        using var created = await server.Http.PostAsJsonAsync("api/create", body);
        Assert.True(created.IsSuccessStatusCode, $"{name}: {created.StatusCode} {await created.Content.ReadAsStringAsync()}");
    }

    private async Task<string> MakeAsync()
    {
        var home = _made = Directory.CreateTempSubdirectory("homelab-ollama-").FullName;
        await using var server = await RealOllamaServer.StartAsync(home, RealOllamaServer.FreePort());
        var file = Path.Combine(home, "new.gguf");
        await AddAsync(EngineAndDaemon.First, Chat, LargeContext, Large("first", 1).Save);
        await AddAsync(EngineAndDaemon.Second, Chat, LargeContext, Large("second", 2).Save);
        await AddAsync(EngineAndDaemon.Small, Chat, 0, new TinyLlama { Name = "small", Seed = 3 }.Save);
        await AddAsync(EngineAndDaemon.Tools, ToolChat, 0, new TinyLlama { Name = "tools", Seed = 4, Layers = 1, CallsTool = true }.Save);
        await AddAsync(EngineAndDaemon.Huge, Chat, 1 << 20, new TinyLlama { Name = "huge", Seed = 5, Context = 1 << 20 }.Save);
        await AddAsync(EngineAndDaemon.Embedder, null, 0, new TinyBert("embedder", 6).Save);
        return home;

        async Task AddAsync(string name, string? template, int context, Action<string> save)
        {
            save(file);
            await CreateAsync(server, name, template, context, file);
            File.Delete(file);
        }
    }
}
