using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon;

/// <summary>Probes the devices every few seconds and gives the daemon its heartbeat: once a second the scheduler looks at
/// deadlines, and those who wait are told how far they are.</summary>
internal sealed class DeviceObserver
{
    private const int TicksBetweenProbes = 3;
    private static readonly TimeSpan TickLength = TimeSpan.FromSeconds(1);

    private readonly DaemonParts _parts;
    private readonly HashSet<string> _troubled = new(StringComparer.Ordinal);

    public DeviceObserver(DaemonParts parts) => _parts = parts;

    /// <summary>Probes once and tells the loop.</summary>
    public ValueTask ProbeAsync(CancellationToken cancellation)
    {
        var devices = _parts.ReadDevices();
        Report(devices);
        return _parts.Loop.PostAsync(new ResidencyEvent.DevicesObserved(devices), cancellation);
    }

    /// <summary>What is wrong with a device is said when it begins, and when it is over.</summary>
    private void Report(ImmutableArray<DeviceReading> devices)
    {
        foreach (var device in devices)
        {
            if (device.Facts?.Problem is { } problem)
            {
                if (_troubled.Add(device.Name))
                {
                    _parts.Log.LogWarning("{Device}: {Problem}", device.Name, problem);
                }
            }
            else if (_troubled.Remove(device.Name))
            {
                _parts.Log.LogInformation("{Device} can be read again", device.Name);
            }
        }
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        // Nothing is loaded before the devices are known.
        await ProbeAsync(cancellation).ConfigureAwait(false);
        using var timer = new PeriodicTimer(TickLength, _parts.Clock.Time);
        for (var tick = 1; await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false); tick++)
        {
            if (tick % TicksBetweenProbes == 0)
            {
                await ProbeAsync(cancellation).ConfigureAwait(false);
            }

            await _parts.Loop.PostAsync(new ResidencyEvent.Tick(), cancellation).ConfigureAwait(false);
            _parts.Loop.ReportProgress();
        }
    }
}
