using System.Text.Json.Serialization;

namespace Homelab.Roles.Daemon;

/// <summary>JSON of the daemon's own state files.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(CalibrationDocument))]
[JsonSerializable(typeof(RunningDaemonDocument))]
internal sealed partial class StateJson : JsonSerializerContext;
