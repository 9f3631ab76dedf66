using System.Text.Json;

namespace Homelab.Engines.Ollama;

/// <summary>Ollama's own JSON, as far as homelab reads and writes it (api/types.go of Ollama 0.32). Nothing outside this folder sees it.</summary>
internal static class OllamaWire
{
    /// <summary>Answer of <c>GET /api/version</c>.</summary>
    internal sealed record ServerVersion(string? Version);

    /// <summary>Answer of <c>GET /api/tags</c> and <c>GET /api/ps</c>; <c>null</c> instead of an empty list is seen in the wild.</summary>
    internal sealed record ModelList(List<JsonElement>? Models);

    /// <summary>One entry of <c>/api/tags</c>.</summary>
    internal sealed record Tag(string? Name, string? Model, long Size, string? Digest, string? RemoteModel, string? RemoteHost, List<string>? Capabilities);

    /// <summary>One entry of <c>/api/ps</c>.</summary>
    internal sealed record Running(string? Name, string? Model, long Size, long SizeVram, string? Digest, DateTimeOffset? ExpiresAt, long ContextLength);

    /// <summary>Body of <c>POST /api/show</c> and <c>DELETE /api/delete</c>.</summary>
    internal sealed record ModelReference(string Model, bool? Verbose = null);

    /// <summary>Body of a load, touch or unload by <c>POST /api/generate</c>. Without a prompt nothing is generated; without options nothing is reloaded.</summary>
    internal sealed record Generate(string Model, JsonElement KeepAlive, bool Stream = false);

    /// <summary>Body of a load or touch by <c>POST /api/embed</c>; the empty input embeds nothing.</summary>
    internal sealed record Embed(string Model, JsonElement KeepAlive, string Input = "");

    /// <summary>Answer of a load: <see cref="Done"/> from generate, <see cref="Embeddings"/> from embed.</summary>
    internal sealed record Loaded(bool? Done, string? DoneReason, JsonElement? Embeddings, JsonElement? Error);

    /// <summary>Body of <c>POST /api/pull</c>.</summary>
    internal sealed record Pull(string Model, bool Stream = true);

    /// <summary>One line of a pull's progress.</summary>
    internal sealed record Progress(string? Status, string? Digest, long Total, long Completed, JsonElement? Error);

    /// <summary>Body of <c>POST /api/create</c> for a model that is another one with its own parameters.</summary>
    internal sealed record Create(string Model, string From, CreateParameters Parameters, bool Stream = false);

    /// <summary>The parameters that a derived model carries.</summary>
    internal sealed record CreateParameters(int NumCtx);

    /// <summary>Answer of <c>POST /api/create</c> without streaming.</summary>
    internal sealed record Created(string? Status, JsonElement? Error);

    /// <summary>An error's body: a text on native paths, an object with a <c>message</c> on <c>/v1</c>.</summary>
    internal sealed record Failure(JsonElement? Error);
}
