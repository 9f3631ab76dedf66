using System.Text.Json.Serialization;
using Homelab.Roles.Daemon.Link;

namespace Homelab.Roles.Daemon;

/// <summary>JSON of the daemon's own state files.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(CalibrationDocument))]
[JsonSerializable(typeof(HubsDocument))]
[JsonSerializable(typeof(RatesDocument))]
internal sealed partial class StateJson : JsonSerializerContext;
