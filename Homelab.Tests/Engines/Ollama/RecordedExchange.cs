using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>One exchange with a real Ollama, as it was on the wire.</summary>
internal sealed record RecordedExchange(string Method, string Path, string RequestBody, int Status, string? ContentType, byte[] Body)
{
    /// <summary>The versions that were recorded.</summary>
    public static TheoryData<string> Versions => ["0.32.1", "0.32.15"];

    /// <param name="version">Of Ollama.</param>
    /// <param name="number">The recording's number, e.g. <c>021</c>.</param>
    public static RecordedExchange Load(string version, string number)
    {
        var file = Assert.Single(Directory.GetFiles(Path_(version), $"{number}-*.json"));
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        var (request, response) = (document.RootElement.GetProperty("request"), document.RootElement.GetProperty("response"));
        var type = response.GetProperty("headers").TryGetProperty("Content-Type", out var value) ? value.GetString() : null;
        return new RecordedExchange(
            request.GetProperty("method").GetString()!,
            request.GetProperty("path").GetString()!,
            request.GetProperty("body").GetString()!,
            response.GetProperty("status").GetInt32(),
            type,
            Encoding.UTF8.GetBytes(response.GetProperty("body").GetString()!));
    }

    private static string Path_(string version, [CallerFilePath] string here = "") => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "Recorded", version);
}
