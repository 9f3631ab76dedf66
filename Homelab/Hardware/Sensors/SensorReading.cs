namespace Homelab.Hardware.Sensors;

/// <summary>One sensor of a card.</summary>
/// <param name="Kind">What it measures.</param>
/// <param name="Name">As the library calls it.</param>
/// <param name="Value">In the library's unit: percent, degrees Celsius or watts; null where it has none now.</param>
internal readonly record struct SensorReading(SensorKind Kind, string Name, float? Value);
