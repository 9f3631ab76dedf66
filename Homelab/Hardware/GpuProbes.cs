using System.Collections.Immutable;
using System.Globalization;
using Homelab.Domain.Memory;

namespace Homelab.Hardware;

/// <summary>The GPUs of several makers as one list in which every name is another: a device keeps the name that its own probe gave it where it is the first to have
/// it, gets the next that is free where not, and keeps that as long as this lives. One caller at a time.</summary>
/// <param name="probes">The order decides who keeps a name.</param>
internal sealed class GpuProbes(ImmutableArray<IDeviceProbe> probes) : IDeviceProbe, IDisposable
{
    private readonly Dictionary<(int Probe, string Name), string> _names = [];
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public ImmutableArray<string> LeftOut => [.. probes.SelectMany(probe => probe.LeftOut)];

    public ImmutableArray<DeviceReading> Read()
    {
        var readings = probes.Select(probe => probe.Read()).ToList();
        lock (_lock)
        {
            return [.. readings.SelectMany((devices, probe) => devices.Select(device => device with { Name = NameOf(probe, device.Name) }))];
        }
    }

    public void Dispose()
    {
        foreach (var probe in probes)
        {
            (probe as IDisposable)?.Dispose();
        }
    }

    private string NameOf(int probe, string name)
    {
        if (!_names.TryGetValue((probe, name), out var given))
        {
            given = name;
            for (var number = 0; !_taken.Add(given); number++)
            {
                given = string.Create(CultureInfo.InvariantCulture, $"gpu{number}");
            }

            _names.Add((probe, name), given);
        }

        return given;
    }
}
