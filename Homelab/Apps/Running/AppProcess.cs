using Homelab.Processes;

namespace Homelab.Apps.Running;

/// <summary>One run of an app, from ready to gone. However it ends, nothing that it started is left: its process group is killed, and on Linux whatever fled from that.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly AppOwner? _owner;

    private AppProcess(ChildProcess process, AppStart start, TimeProvider time)
    {
        _process = process;
        _owner = start.Owner;
        Port = start.Port;
        Exited = EndAsync(time);
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    public int Port { get; }

    /// <summary>Completes when it is gone, whoever wanted it. Never fails.</summary>
    public Task<AppExit> Exited { get; }

    /// <summary>Starts an app and waits until it is ready.</summary>
    /// <exception cref="AppStartException">It could not be started; nothing of it is left.</exception>
    /// <exception cref="OperationCanceledException">It is not wanted any more; nothing of it is left.</exception>
    public static async Task<AppProcess> StartAsync(AppStart start, HttpMessageInvoker client, TimeProvider time, CancellationToken cancellation)
    {
        if (!Directory.Exists(start.WorkingDirectory))
        {
            throw new AppStartException(AppStartFailure.Unstartable, $"the folder it works in does not exist: {start.WorkingDirectory}");
        }

        if (FreePort.IsTaken(start.Port))
        {
            throw new AppStartException(AppStartFailure.PortTaken, $"port {start.Port} is taken by another program; choose another in the manifest, or port: auto");
        }

        ChildProcess process;
        try
        {
            process = ChildProcess.Start(new ChildProcessStart(start.Command[0], start.Command[1..], start.Environment, start.LogPath, start.WorkingDirectory, start.Guard), time);
        }
        catch (ChildStartException problem)
        {
            throw new AppStartException(AppStartFailure.Unstartable, problem.Message, problem);
        }

        var app = new AppProcess(process, start, time);
        try
        {
            await app.BecomesReadyAsync(start, client, time, cancellation).ConfigureAwait(false);
            return app;
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The last that it printed.</summary>
    public IReadOnlyList<string> LastLines() => _process.Tail.Lines();

    /// <summary>Asks it to end, waits so long, then ends it and all that it started. Returns when it is gone.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        await _process.StopAsync(grace).ConfigureAwait(false);
        await Exited.ConfigureAwait(false);
    }

    /// <summary>Has it ended at once, without waiting for that.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Ends it at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync().ConfigureAwait(false);
        await Exited.ConfigureAwait(false);
    }

    private async Task BecomesReadyAsync(AppStart start, HttpMessageInvoker client, TimeProvider time, CancellationToken cancellation)
    {
        var check = new HealthCheck(start.Port, start.Health, client, time);
        using var timeout = new CancellationTokenSource(start.StartTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        var ready = check.PassesAsync(either.Token);
        await Task.WhenAny(ready, Exited).ConfigureAwait(false);
        if (Exited.IsCompleted)
        {
            // Also where something answered: whatever it was, it was not this app.
            await either.CancelAsync().ConfigureAwait(false);
            await Task.WhenAny(ready).ConfigureAwait(false);
            var exit = await Exited.ConfigureAwait(false);
            throw new AppStartException(AppStartFailure.Ended, exit.Words);
        }

        try
        {
            await ready.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new AppStartException(AppStartFailure.Unhealthy, AppExit.With($"it was not ready within {start.StartTimeout.TotalSeconds:0.#} s (start_timeout): {check.Last}", LastLines()));
        }
    }

    private async Task<AppExit> EndAsync(TimeProvider time)
    {
        var code = await _process.Exited.ConfigureAwait(false);
        if (_owner is { } owner)
        {
            // What was started meanwhile by something that was just killed shows up at the second look.
            while (OrphanSweep.Kill(owner.Daemon, owner.AppMark) > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), time).ConfigureAwait(false);
            }
        }

        return await AppExit.OfAsync(_process, code, time).ConfigureAwait(false);
    }
}
