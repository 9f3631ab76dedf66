using System.Globalization;
using System.Text;
using Homelab.Gateway.Errors;

namespace Homelab.Gateway.Forwarding;

/// <summary>Keeps a stream alive while it waits: headers early, then an SSE comment with the progress every interval, which clients skip.</summary>
internal sealed class WaitComments(GatewayOptions options, TimeProvider time)
{
    /// <summary>Waits for the task at most so long.</summary>
    /// <returns>Whether it finished, in whatever way.</returns>
    public async Task<bool> FinishesWithinAsync(Task task, TimeSpan limit)
    {
        using var stop = new CancellationTokenSource();
        var first = await Task.WhenAny(task, Task.Delay(limit, time, stop.Token));
        await stop.CancelAsync();
        return first == task || task.IsCompleted;
    }

    /// <summary>Waits for the task on a stream that has begun, writing comments meanwhile.</summary>
    public async Task WaitAsync(Exchange exchange, Task task, RouteProgress progress)
    {
        do
        {
            await exchange.SayAsync(Comment(progress.Current, exchange.Facts.Model));
        }
        while (!await FinishesWithinAsync(task, options.CommentInterval));
    }

    /// <summary>Sends the headers of a stream whose upstream has not answered yet. From here on every failure is an event in it.</summary>
    public static void Begin(Exchange exchange)
    {
        var response = exchange.Context.Response;
        exchange.Begun = true;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary><c>: loading qwen3:8b 41%, 22 s left</c></summary>
    private static byte[] Comment(ProgressReport? report, string model)
    {
        var text = new StringBuilder(": ").Append(report?.Phase ?? "waiting").Append(' ').Append(GatewayErrors.Printable(report?.Model ?? model));
        if (report?.Fraction is { } fraction)
        {
            text.Append(CultureInfo.InvariantCulture, $" {Math.Clamp(fraction, 0, 1) * 100:F0}%");
        }

        if (report?.Remaining is { } left)
        {
            text.Append(CultureInfo.InvariantCulture, $", {Math.Ceiling(Math.Max(0, left.TotalSeconds)):F0} s left");
        }

        return Encoding.UTF8.GetBytes(text.Append("\n\n").ToString());
    }
}
