using System.Globalization;
using Homelab.Configuration;

namespace Homelab.Control;

/// <summary>How a role runs and ends.</summary>
internal static class RoleRun
{
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(50);

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

    /// <summary>Gives what runs its time to end: until nothing runs, the time is over, or the user does not want to wait.</summary>
    /// <param name="console">Told how many get how long.</param>
    /// <param name="begun">How many requests there are at its beginning.</param>
    /// <param name="running">How many are waited for.</param>
    /// <param name="allowed">As configured.</param>
    public static async Task DrainAsync(RoleConsole console, int begun, Func<int> running, Duration allowed)
    {
        var began = console.Time.GetTimestamp();
        if (begun > 0)
        {
            await console.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"stopping: {begun} running request(s) get up to {allowed}")).ConfigureAwait(false);
        }

        while (running() > 0 && console.Time.GetElapsedTime(began) < allowed.Value && !console.Hurry.IsCancellationRequested)
        {
            await Task.Delay(DrainPoll, console.Time).ConfigureAwait(false);
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
