using System.Globalization;
using Homelab.Contracts;
using Homelab.Telemetry;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Homelab.Roles.Mcp.Tools;

/// <summary>Tells the client how far a command is, where it asked for that. The protocol wants every value larger than the one before, whatever the
/// phase; so a phase that begins again, or that cannot tell its part, moves it by a hair.</summary>
internal sealed class ToolProgress(McpServer server, ProgressToken? token, TimeProvider time)
{
    private const float Whole = 100;
    private const float Hair = 0.01f;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private float _last = -Hair;
    private string _phase = "";
    private long _sentAt;

    /// <summary>Sends it on, but no more often than somebody can read.</summary>
    public async Task ReportAsync(ProgressWire progress, CancellationToken cancellation)
    {
        if (token is not { } asked || (progress.Phase == _phase && time.GetElapsedTime(_sentAt) < Pause))
        {
            return;
        }

        var value = Math.Max(_last + Hair, progress.Fraction is { } fraction && progress.Phase is "loading" or "pulling" ? (float)fraction * (Whole - 1) : 0);
        if (value >= Whole)
        {
            return;
        }

        (_last, _phase, _sentAt) = (value, progress.Phase, time.GetTimestamp());
        await server.NotifyProgressAsync(asked, new ProgressNotificationValue { Progress = value, Total = Whole, Message = Words(progress) }, cancellationToken: cancellation).ConfigureAwait(false);
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
