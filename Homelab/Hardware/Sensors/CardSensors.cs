namespace Homelab.Hardware.Sensors;

/// <summary>What a monitoring library reads off one graphics card.</summary>
/// <param name="Name">As the driver calls the card.</param>
/// <param name="Utilisation">Part of the time that it computed, 0 to 1; null where it does not say.</param>
/// <param name="Temperature">In degrees Celsius; null where it does not say.</param>
/// <param name="Power">In watts; null where it does not say.</param>
internal sealed record CardSensors(string Name, double? Utilisation, double? Temperature, double? Power);
