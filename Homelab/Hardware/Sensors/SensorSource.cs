namespace Homelab.Hardware.Sensors;

/// <summary>Where the sensors of Windows' cards come from. The library for it is only referenced by builds for Windows (<c>HomelabSensors</c> in the project file).</summary>
internal static class SensorSource
{
    /// <summary>Reads all cards; nothing where this build has no library for it.</summary>
    public static Func<IReadOnlyList<CardSensors>> OfThisMachine() =>
#if SENSORS
        new LibreSensors().Read;
#else
        static () => [];
#endif
}
