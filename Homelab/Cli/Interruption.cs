using System.Runtime.InteropServices;

namespace Homelab.Cli;

/// <summary>Turns SIGINT and SIGTERM into tokens: the first asks to end in order (a daemon drains), the second to wait for nobody (but a daemon's
/// children still stop), the third ends the process at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly CancellationTokenSource _hurried = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
    ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _requested.Token;

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Hurry => _hurried.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _requested.Dispose();
        _hurried.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        var signals = Interlocked.Increment(ref _signals);
        if (signals > 2)
        {
            Environment.Exit(128 + (context.Signal == PosixSignal.SIGTERM ? 15 : 2));
        }

        // Not on the signal's thread: whatever is registered there may take its time, and a further signal must get through.
        _ = (signals == 1 ? _requested : _hurried).CancelAsync();
    }
}
