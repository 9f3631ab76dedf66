using System.Text.Json.Serialization;

namespace Homelab.Control;

/// <summary>JSON of what roles leave in the state folder.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RunningDocument))]
internal sealed partial class ControlJson : JsonSerializerContext;
