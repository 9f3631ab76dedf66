using System.Text.Json.Serialization;

namespace Homelab.Cli.Doctor;

/// <summary>The JSON of <c>doctor</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<FindingWire>))]
internal sealed partial class DoctorJson : JsonSerializerContext;
