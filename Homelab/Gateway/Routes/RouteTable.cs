using System.Collections.Frozen;
using Homelab.Gateway.Access;
using Homelab.Gateway.Bodies;

namespace Homelab.Gateway.Routes;

/// <summary>Which route serves a path. One look-up for the paths that matter; the rest by prefix.</summary>
internal sealed class RouteTable
{
    /// <summary>Where Responses-shaped bodies are taken too.</summary>
    public const string ChatCompletions = "/v1/chat/completions";

    private const EditRules Completion = EditRules.AskForUsage | EditRules.CopyMaximumTokens;

    private static readonly RouteEntry Model = new("/v1/models/{id}", RouteKind.Model, Dialect.OpenAi, AccessRule.Client, "GET, HEAD") { IsExact = false };

    private static readonly RouteEntry OtherV1 = new("/v1/{other}", RouteKind.Inference, Dialect.OpenAi, AccessRule.Client, "POST") { IsExact = false };

    private static readonly RouteEntry UnknownV1 = new("/v1/{unknown}", RouteKind.Unknown, Dialect.OpenAi, AccessRule.Client, "") { IsExact = false };

    private static readonly RouteEntry UnknownApi = new("/api/{unknown}", RouteKind.Unknown, Dialect.Ollama, AccessRule.Client, "") { IsExact = false };

    private static readonly RouteEntry Blobs = new("/api/blobs/{digest}", RouteKind.Forbidden, Dialect.Ollama, AccessRule.Client, "") { IsExact = false };

    private static readonly RouteEntry App = new("/apps/{name}", RouteKind.App, Dialect.OpenAi, AccessRule.Client, "") { IsExact = false, AllowsAny = true };

    private readonly FrozenDictionary<string, RouteEntry> _exact = new RouteEntry[]
    {
        new(ChatCompletions, RouteKind.Inference, Dialect.OpenAi, AccessRule.Client, "POST") { Edits = Completion, StreamsEvents = true },
        new("/v1/completions", RouteKind.Inference, Dialect.OpenAi, AccessRule.Client, "POST") { Edits = Completion, StreamsEvents = true },
        new("/v1/embeddings", RouteKind.Inference, Dialect.OpenAi, AccessRule.Client, "POST"),
        new("/v1/responses", RouteKind.Inference, Dialect.OpenAiResponses, AccessRule.Client, "POST") { StreamsEvents = true },
        new("/v1/messages", RouteKind.Inference, Dialect.Anthropic, AccessRule.Client, "POST") { StreamsEvents = true },
        new("/v1/messages/count_tokens", RouteKind.CountTokens, Dialect.Anthropic, AccessRule.Client, "POST"),
        new("/v1/models", RouteKind.Models, Dialect.OpenAi, AccessRule.Client, "GET, HEAD"),
        new("/api/chat", RouteKind.NativeChat, Dialect.Ollama, AccessRule.Client, "POST") { Edits = EditRules.KeepLoaded, StreamsByDefault = true },
        new("/api/generate", RouteKind.NativeGenerate, Dialect.Ollama, AccessRule.Client, "POST") { Edits = EditRules.KeepLoaded, StreamsByDefault = true },
        new("/api/embed", RouteKind.Inference, Dialect.Ollama, AccessRule.Client, "POST") { Edits = EditRules.KeepLoaded },
        new("/api/embeddings", RouteKind.Inference, Dialect.Ollama, AccessRule.Client, "POST") { Edits = EditRules.KeepLoaded },
        new("/api/show", RouteKind.Show, Dialect.Ollama, AccessRule.Client, "POST"),
        new("/api/tags", RouteKind.Tags, Dialect.Ollama, AccessRule.Client, "GET, HEAD"),
        new("/api/ps", RouteKind.Loaded, Dialect.Ollama, AccessRule.Client, "GET, HEAD"),
        new("/api/version", RouteKind.Version, Dialect.Ollama, AccessRule.Client, "GET, HEAD"),
        new("/api/pull", RouteKind.Pull, Dialect.Ollama, AccessRule.Admin, "POST") { StreamsByDefault = true },
        new("/api/delete", RouteKind.Delete, Dialect.Ollama, AccessRule.Admin, "DELETE"),
        new("/api/create", RouteKind.Forbidden, Dialect.Ollama, AccessRule.Client, ""),
        new("/api/blobs", RouteKind.Forbidden, Dialect.Ollama, AccessRule.Client, ""),
        new("/api/push", RouteKind.Forbidden, Dialect.Ollama, AccessRule.Client, ""),
        new("/api/copy", RouteKind.Forbidden, Dialect.Ollama, AccessRule.Client, ""),
        new("/", RouteKind.Start, Dialect.Ollama, AccessRule.Open, "GET, HEAD"),
    }.ToFrozenDictionary(route => route.Template, StringComparer.Ordinal);

    /// <summary>Every route with a path of its own, for tests that walk them.</summary>
    public IEnumerable<RouteEntry> Exact => _exact.Values;

    /// <summary>The route of a path; null where it is none of the client surface's.</summary>
    /// <param name="method">Decides, for what is not known by name below <c>/v1</c>, between forwarding and 404.</param>
    /// <param name="path">As Kestrel normalised it; <c>%2F</c> is still encoded in it.</param>
    public RouteEntry? Find(string method, string path)
    {
        if (_exact.TryGetValue(path, out var route) || (path.Length > 1 && path[^1] == '/' && _exact.TryGetValue(path.TrimEnd('/'), out route)))
        {
            return route;
        }

        if (path.StartsWith("/v1/", StringComparison.Ordinal))
        {
            return path.StartsWith("/v1/models/", StringComparison.Ordinal) ? Model
                : HttpMethods.IsPost(method) && IsPlain(path) ? OtherV1
                : UnknownV1;
        }

        if (path.StartsWith("/apps/", StringComparison.Ordinal))
        {
            return App;
        }

        return path.StartsWith("/api/blobs/", StringComparison.Ordinal) ? Blobs
            : path.StartsWith("/api/", StringComparison.Ordinal) ? UnknownApi
            : path is "/v1" ? UnknownV1
            : path is "/api" ? UnknownApi
            : null;
    }

    /// <summary>A path that no server behind us can read as another one: letters, digits and <c>-_/</c>, no empty part and no dots.</summary>
    private static bool IsPlain(string path)
    {
        for (var i = 0; i < path.Length; i++)
        {
            var letter = path[i];
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_') && !(letter == '/' && i + 1 < path.Length && path[i + 1] != '/'))
            {
                return false;
            }
        }

        return true;
    }
}
