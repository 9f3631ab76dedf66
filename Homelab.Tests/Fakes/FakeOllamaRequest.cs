using System.Text;
using System.Text.Json;

namespace Homelab.Tests.Fakes;

/// <summary>A request as it arrived at the fake.</summary>
internal sealed record FakeOllamaRequest(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;
}
