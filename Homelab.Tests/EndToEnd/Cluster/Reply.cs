using System.Text.Json;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>An answer as a client sees it.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Route">Its <c>x-homelab-route</c>; empty where it has none.</param>
/// <param name="Text">Its body.</param>
internal sealed record Reply(int Status, string Route, string Text)
{
    /// <summary>Empty where it has none.</summary>
    public string RetryAfter { get; init; } = "";

    /// <summary>Its <c>x-should-retry</c>; empty where it has none.</summary>
    public string ShouldRetry { get; init; } = "";

    /// <summary>From the request to the last byte.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Its <c>error</c>, in OpenAI's shape.</summary>
    public JsonElement Error => JsonDocument.Parse(Text).RootElement.GetProperty("error");

    public string Code => Error.GetProperty("code").GetString()!;

    public string Message => Error.GetProperty("message").GetString()!;

    public override string ToString() => $"{Status} ({Route}) {Text}";
}
