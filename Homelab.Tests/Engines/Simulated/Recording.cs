using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>One exchange with the real Ollama 0.32.15, from the data beside the fake.</summary>
internal sealed record Recording(
    string Name,
    string Method,
    string Path,
    IReadOnlyDictionary<string, string> RequestHeaders,
    string RequestBody,
    int Status,
    IReadOnlyDictionary<string, string> Headers,
    string Body)
{
    /// <summary>The number that its name begins with.</summary>
    public int Number => int.Parse(Name.AsSpan(0, 3));

    /// <summary>All that were copied, in the order of the session.</summary>
    public static IReadOnlyList<Recording> All { get; } = [.. Directory.GetFiles(Folder()).Order(StringComparer.Ordinal).Select(Read)];

    private static Recording Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        var (request, response) = (document.RootElement.GetProperty("request"), document.RootElement.GetProperty("response"));
        return new Recording(
            document.RootElement.GetProperty("name").GetString()!,
            request.GetProperty("method").GetString()!,
            request.GetProperty("path").GetString()!,
            Texts(request.GetProperty("headers")),
            request.GetProperty("body").GetString()!,
            response.GetProperty("status").GetInt32(),
            Texts(response.GetProperty("headers")),
            response.GetProperty("body").GetString()!);
    }

    private static Dictionary<string, string> Texts(JsonElement headers) =>
        headers.EnumerateObject().ToDictionary(h => h.Name, h => h.Value.GetString()!, StringComparer.OrdinalIgnoreCase);

    private static string Folder([CallerFilePath] string here = "") =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "..", "..", "Fakes", "Recorded", "ollama-0.32.15");
}
