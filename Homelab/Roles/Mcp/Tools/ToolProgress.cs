using System.Globalization;
using Homelab.Contracts;
using Homelab.Telemetry;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Homelab.Roles.Mcp.Tools;

/// <summary>Tells the client how far a command is, where it asked for that. The protocol wants every value larger than the one before, whatever the
/// phase; so a phase that begins again, or that cannot tell its part, moves it by a hair. A command that waits in silence is repeated every few seconds,
/// because clients give up on a call that says nothing for a minute.</summary>
internal sealed class ToolProgress(McpServer server, ProgressToken? token, TimeProvider time) : IDisposable
{
    private const float Whole = 100;
    private const float Hair = 0.01f;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _sending = new(1, 1);
    private float _last = -Hair;
    private ProgressWire _told = new("asked", "asked for it");
    private long _sentAt;

    /// <summary>Runs a command and repeats its last report for as long as it says nothing new.</summary>
    public async Task<T> DuringAsync<T>(Func<Task<T>> command, CancellationToken cancellation)
    {
        if (token is null)
        {
            return await command().ConfigureAwait(false);
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var beats = BeatAsync(ending.Token);
        try
        {
            return await command().ConfigureAwait(false);
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await beats.ConfigureAwait(false);
        }
    }

    /// <summary>Sends it on, but no more often than somebody can read.</summary>
    public async Task ReportAsync(ProgressWire progress, CancellationToken cancellation)
    {
        if (token is null || (progress.Phase == _told.Phase && time.GetElapsedTime(_sentAt) < Pause))
        {
            return;
        }

        _told = progress;
        await SendAsync(cancellation).ConfigureAwait(false);
    }

    public void Dispose() => _sending.Dispose();

    private async Task BeatAsync(CancellationToken ending)
    {
        try
        {
            using var timer = new PeriodicTimer(Silence, time);
            do
            {
                if (_last < 0 || time.GetElapsedTime(_sentAt) >= Silence)
                {
                    await SendAsync(ending).ConfigureAwait(false);
                }
            }
            while (await timer.WaitForNextTickAsync(ending).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The command has ended.
        }
    }

    private async Task SendAsync(CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var value = Math.Max(_last + Hair, _told is { Fraction: { } fraction, Phase: "loading" or "pulling" } ? (float)fraction * (Whole - 1) : 0);
            if (value < Whole)
            {
                (_last, _sentAt) = (value, time.GetTimestamp());
                await server.NotifyProgressAsync(token!.Value, new ProgressNotificationValue { Progress = value, Total = Whole, Message = Words(_told) }, cancellationToken: cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private static string Words(ProgressWire progress)
    {
        var words = progress.Status is { Length: > 0 } status ? Printable.OneLine(status, 200) : progress.Phase;
        if (progress is { CompletedBytes: { } done, TotalBytes: { } total and > 0 })
        {
            words += $", {Wording.Bytes(done)} of {Wording.Bytes(total)}";
        }
        else if (progress.Fraction is { } fraction)
        {
            words += ", " + (Math.Clamp(fraction, 0, 1) * 100).ToString("0", CultureInfo.InvariantCulture) + " %";
        }

        return progress.RemainingSeconds is { } left ? $"{words}, about {Wording.Seconds(left)} left" : words;
    }
}
