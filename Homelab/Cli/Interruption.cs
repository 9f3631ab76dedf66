using System.Runtime.InteropServices;

namespace Homelab.Cli;

/// <summary>Turns SIGINT and SIGTERM into a token: the first asks to end in order (a daemon drains), the second ends the process at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
    ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _requested.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _requested.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) > 1)
        {
            Environment.Exit(128 + (context.Signal == PosixSignal.SIGTERM ? 15 : 2));
        }

        // Not on the signal's thread: whatever is registered there may take its time, and a second signal must get through.
        _ = _requested.CancelAsync();
    }
}
