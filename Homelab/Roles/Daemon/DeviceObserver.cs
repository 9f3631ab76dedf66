using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon;

/// <summary>Probes the devices every few seconds and gives the daemon its heartbeat: once a second the scheduler looks at
/// deadlines, and those who wait are told how far they are.</summary>
internal sealed class DeviceObserver
{
    private const int TicksBetweenProbes = 3;
    private static readonly TimeSpan TickLength = TimeSpan.FromSeconds(1);

    private readonly DaemonParts _parts;

    public DeviceObserver(DaemonParts parts) => _parts = parts;

    /// <summary>Probes once and tells the loop.</summary>
    public ValueTask ProbeAsync(CancellationToken cancellation)
    {
        var devices = _parts.ReadDevices();
        return _parts.Loop.PostAsync(new ResidencyEvent.DevicesObserved(devices), cancellation);
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
