using System.Text.Json.Serialization;

namespace Homelab.Apps.Downloads;

/// <summary>The documents that downloads keep.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PartFacts))]
[JsonSerializable(typeof(Dictionary<string, VerifiedMark>))]
internal sealed partial class DownloadsJson : JsonSerializerContext;
