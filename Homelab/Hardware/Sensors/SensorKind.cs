namespace Homelab.Hardware.Sensors;

/// <summary>What a sensor measures, as far as homelab shows it.</summary>
internal enum SensorKind
{
    /// <summary>Anything else: fans, clocks, voltages.</summary>
    Other,

    /// <summary>Percent.</summary>
    Load,

    /// <summary>Degrees Celsius.</summary>
    Temperature,

    /// <summary>Watts.</summary>
    Power,
}
