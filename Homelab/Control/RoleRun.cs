namespace Homelab.Control;

/// <summary>How a role runs and ends.</summary>
internal static class RoleRun
{
    /// <summary>Waits for the signal; a background loop that dies ends the role loudly instead of leaving it half alive.</summary>
    public static async Task UntilAsync(Task work, CancellationToken stop)
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.UnsafeRegister(static s => ((TaskCompletionSource)s!).TrySetResult(), signal).ConfigureAwait(false);
        if (await Task.WhenAny(signal.Task, work).ConfigureAwait(false) == work)
        {
            await work.ConfigureAwait(false);
        }
    }

    /// <summary>Stops the server at once, then the loops.</summary>
    public static async Task StopAsync(WebApplication app, CancellationTokenSource stopping, Task work)
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync().ConfigureAwait(false);
        await app.StopAsync(now.Token).ConfigureAwait(false);
        await stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // That is how the loops end.
        }
    }
}
