using LibreHardwareMonitor.Hardware;

namespace Homelab.Hardware.Sensors;

/// <summary>Reads AMD's cards through LibreHardwareMonitorLib, which asks their maker's own library. Only graphics is switched on: then nothing is loaded into the
/// system's kernel. One thread at a time.</summary>
internal sealed class LibreSensors : IDisposable
{
    private readonly Computer _computer = new() { IsGpuEnabled = true };
    private bool _isOpen;

    /// <summary>The cards that it knows; none where it fails, which is said nowhere: without it there are no temperatures, and that is all.</summary>
    public IReadOnlyList<CardSensors> Read()
    {
        if (!_isOpen)
        {
            _computer.Open();
            _isOpen = true;
        }

        var cards = new List<CardSensors>();
        foreach (var hardware in _computer.Hardware)
        {
            // NVIDIA's are read by their own library.
            if (hardware.HardwareType is HardwareType.GpuAmd or HardwareType.GpuIntel)
            {
                hardware.Update();
                cards.Add(CardSensorChoice.Of(hardware.Name, [.. hardware.Sensors.Select(static s => new SensorReading(Kind(s.SensorType), s.Name, s.Value))]));
            }
        }

        return cards;
    }

    public void Dispose()
    {
        if (_isOpen)
        {
            _computer.Close();
        }
    }

    private static SensorKind Kind(SensorType type) => type switch
    {
        SensorType.Load => SensorKind.Load,
        SensorType.Temperature => SensorKind.Temperature,
        SensorType.Power => SensorKind.Power,
        _ => SensorKind.Other,
    };
}
