using Homelab.Clients;
using Homelab.Contracts;

namespace Homelab.Roles.Daemon.Link;

/// <summary>Sends heartbeats to one hub for as long as it answers: one at a time while nothing changes, each held by the hub up to the interval; at once where
/// something changed, also while an older one is held. Every answer is taken in, in whatever order they come.</summary>
/// <param name="client">The hub.</param>
/// <param name="parts">What is said.</param>
/// <param name="executor">Carries out what the hub commands.</param>
/// <param name="accessKey">By which the hub may call this machine.</param>
/// <param name="changed">Set where something changed.</param>
/// <param name="random">Spreads machines out in time.</param>
/// <param name="acknowledged">Told of every answer that is the newest so far.</param>
internal sealed class BeatLoop(HubClient client, LinkParts parts, CommandExecutor executor, string accessKey, ChangeSignal changed, Random random, Action<HeartbeatAckWire> acknowledged)
{
    /// <summary>Changes that come together are told together.</summary>
    public static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(50);

    private const int MostHeld = 4;
    private const double Jitter = 0.2;
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private TimeSpan _interval = TimeSpan.FromSeconds(5);
    private long _sequence;
    private long _newest;
    private long _inventorySent;
    private bool _wantsInventory;
    private long _epoch;

    /// <summary>The hub's epoch of an earlier run; set before the first heartbeat.</summary>
    public long KnownEpoch
    {
        init => _epoch = value;
    }

    /// <summary>How often the hub wants to hear of this machine.</summary>
    public TimeSpan Interval
    {
        get
        {
            lock (_lock)
            {
                return _interval;
            }
        }
    }

    /// <summary>Runs until the newest heartbeat fails, which ends those that are held too.</summary>
    /// <returns>Why it failed.</returns>
    /// <param name="credential">This machine's.</param>
    /// <param name="stopping">Ends it by <see cref="OperationCanceledException"/>.</param>
    public async Task<ControlException> RunAsync(string credential, CancellationToken stopping)
    {
        using var session = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var held = new List<Task<ControlException?>>();
        try
        {
            for (var hold = TimeSpan.Zero; ; hold = _interval * (1 + (Jitter * ((2 * random.NextDouble()) - 1))))
            {
                stopping.ThrowIfCancellationRequested();
                if (parts.Reporter.IsLeaving)
                {
                    // The last word is said by the one who ends this.
                    await Task.Delay(Timeout.InfiniteTimeSpan, parts.Time, stopping).ConfigureAwait(false);
                }

                // Forgotten before the state is read: what changes from here on is told by the next one.
                changed.Reset();
                var began = parts.Time.GetTimestamp();
                var news = new Box();
                var newest = BeatAsync(credential, Interlocked.Increment(ref _sequence), hold, news, session.Token);
                held.Add(newest);
                while (!newest.IsCompleted && !changed.Changed.IsCompleted)
                {
                    await Task.WhenAny([.. held, changed.Changed]).ConfigureAwait(false);
                    stopping.ThrowIfCancellationRequested();
                    held.RemoveAll(h => h != newest && h.IsCompleted);
                }

                if (newest.IsCompleted)
                {
                    held.Remove(newest);
                    if (await newest.ConfigureAwait(false) is { } problem)
                    {
                        return problem;
                    }

                    if (!news.IsSet)
                    {
                        await RestAsync(hold - parts.Time.GetElapsedTime(began), stopping).ConfigureAwait(false);
                    }
                }

                if (changed.Changed.IsCompleted)
                {
                    await Task.Delay(Debounce, parts.Time, stopping).ConfigureAwait(false);
                    while (held.Count >= MostHeld)
                    {
                        await Task.WhenAny(held).ConfigureAwait(false);
                        held.RemoveAll(h => h.IsCompleted);
                    }
                }
            }
        }
        finally
        {
            await session.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll((IEnumerable<Task>)held).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Says one thing more, answered at once; beside <see cref="RunAsync"/>, so that the hub hears it before the connections end.</summary>
    public Task<HeartbeatAckWire> SayLastAsync(string credential, CancellationToken cancellation) =>
        client.BeatAsync(credential, Report(Interlocked.Increment(ref _sequence), TimeSpan.Zero), cancellation);

    /// <summary>A hub that answers before its time and has nothing to say is not asked again before it: it may not know how to hold.</summary>
    private async Task RestAsync(TimeSpan left, CancellationToken stopping)
    {
        if (left > TimeSpan.Zero)
        {
            using var rest = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            await Task.WhenAny(Task.Delay(left, parts.Time, rest.Token), changed.Changed).ConfigureAwait(false);
            await rest.CancelAsync().ConfigureAwait(false);
            stopping.ThrowIfCancellationRequested();
        }
    }

    /// <returns>Why it failed; null where it was acknowledged, or ended with the session.</returns>
    private async Task<ControlException?> BeatAsync(string credential, long sequence, TimeSpan hold, Box news, CancellationToken cancellation)
    {
        // The list of models takes a while to put together; nobody waits for it but this heartbeat.
        await Task.Yield();
        try
        {
            var beat = Report(sequence, hold);
            var ack = await client.BeatAsync(credential, beat, cancellation).ConfigureAwait(false);
            TakeIn(beat, ack, news);
            return null;
        }
        catch (ControlException problem)
        {
            return problem;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private HeartbeatWire Report(long sequence, TimeSpan hold)
    {
        bool withInventory;
        long epoch;
        lock (_lock)
        {
            epoch = _epoch;
            withInventory = _wantsInventory;
            if (withInventory)
            {
                _inventorySent = sequence;
                _wantsInventory = false;
            }
        }

        return parts.Reporter.Report(new BeatTerms(sequence, hold, epoch, accessKey, withInventory, executor.ResultsFor(sequence)));
    }

    private void TakeIn(HeartbeatWire beat, HeartbeatAckWire ack, Box news)
    {
        lock (_lock)
        {
            executor.Heard(Math.Min(ack.Sequence, beat.Sequence));
            _epoch = Math.Max(_epoch, ack.Epoch);
            var isNews = executor.Take(ack.Commands ?? [], _epoch);
            if (beat.Sequence > _newest)
            {
                _newest = beat.Sequence;
                _interval = TimeSpan.FromSeconds(Math.Clamp(double.IsNaN(ack.IntervalSeconds) ? 0 : ack.IntervalSeconds, ShortestInterval.TotalSeconds, LongestInterval.TotalSeconds));
                if (ack.SendInventory && beat.Sequence >= _inventorySent)
                {
                    // Asked for again although this one carried it: at the usual pace, or the two would never rest.
                    isNews |= beat.Sequence > _inventorySent;
                    _wantsInventory = true;
                }

                acknowledged(ack);
            }

            news.IsSet |= isNews;
            if (isNews)
            {
                changed.Set();
            }
        }
    }

    /// <summary>Whether an answer held something new.</summary>
    private sealed class Box
    {
        public bool IsSet { get; set; }
    }
}
