using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Homelab.Tests.Gateway;

/// <summary>What a real Ollama answered, trimmed to its first and last chunks.</summary>
internal sealed record RecordedAnswer(string Path, string Request, int Status, string ContentType, string Body, string[] Chunks)
{
    /// <param name="name">Of the file, without its ending.</param>
    public static RecordedAnswer Load(string name)
    {
        var file = System.IO.Path.Combine(Folder(), name + ".json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        var root = document.RootElement;
        return new RecordedAnswer(
            root.GetProperty("path").GetString()!,
            root.GetProperty("request").GetString() ?? "",
            root.GetProperty("status").GetInt32(),
            root.GetProperty("content_type").GetString()!,
            root.GetProperty("body").GetString()!,
            [.. root.GetProperty("chunks").EnumerateArray().Select(chunk => chunk.GetString()!)]);
    }

    private static string Folder([CallerFilePath] string here = "") => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "Recorded");
}
