using System.Runtime.CompilerServices;
using Homelab.Contracts;

namespace Homelab.Clients;

/// <summary>Follows the event feed across lost connections and restarts of the server, resuming after the last event seen.</summary>
/// <param name="client">Opens the connections.</param>
/// <param name="time">For the pauses.</param>
/// <param name="lost">Told why a connection ended.</param>
internal sealed class EventSubscription(ControlClient client, TimeProvider time, Action<string>? lost)
{
    /// <summary>A feed sends comments more often than this; a longer silence is a dead connection.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private TimeSpan _shortestPause = TimeSpan.FromSeconds(1);

    /// <summary>Events without end; <see cref="ControlException"/> where asking again cannot help.</summary>
    public async IAsyncEnumerable<EventWire> FollowAsync(long since, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var last = since;
        var failures = 0;
        var reader = await client.OpenEventsAsync(last, follow: true, Silence, cancellation).ConfigureAwait(false);
        while (true)
        {
            string reason;
            await using (reader.ConfigureAwait(false))
            {
                while (true)
                {
                    var (item, problem) = await NextAsync(reader, cancellation).ConfigureAwait(false);
                    if (item is null)
                    {
                        reason = problem ?? $"{client.Address.Authority} closed the event stream";
                        break;
                    }

                    if (item.Retry is { } pause)
                    {
                        _shortestPause = pause < LongestPause ? pause : LongestPause;
                    }

                    if (client.ParseEvent(item) is { } wire && wire.Id > last)
                    {
                        (last, failures) = (wire.Id, 0);
                        yield return wire;
                    }
                }
            }

            (reader, failures) = await ReopenAsync(reason, last, failures, cancellation).ConfigureAwait(false);
        }
    }

    private async ValueTask<(ServerSentEvent? Item, string? Problem)> NextAsync(ServerSentEventReader reader, CancellationToken cancellation)
    {
        try
        {
            return (await client.Guarded(() => reader.ReadAsync(cancellation), cancellation).ConfigureAwait(false), null);
        }
        catch (ControlException problem) when (problem.IsTransient)
        {
            return (null, problem.Message);
        }
    }

    private async Task<(ServerSentEventReader Reader, int Failures)> ReopenAsync(string reason, long last, int failures, CancellationToken cancellation)
    {
        while (true)
        {
            lost?.Invoke(reason);
            var pause = _shortestPause * Math.Pow(2, Math.Min(failures++, 6));
            await Task.Delay(pause < LongestPause ? pause : LongestPause, time, cancellation).ConfigureAwait(false);
            try
            {
                return (await client.OpenEventsAsync(last, follow: true, Silence, cancellation).ConfigureAwait(false), failures);
            }
            catch (ControlException problem) when (problem.IsTransient)
            {
                reason = problem.Message;
            }
        }
    }
}
