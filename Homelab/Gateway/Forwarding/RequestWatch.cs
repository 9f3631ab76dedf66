namespace Homelab.Gateway.Forwarding;

/// <summary>One request's guard against waiting too long: its token ends when the client leaves or when a phase outlasts its time-out.
/// Moving between phases costs a clock reading and allocates nothing.</summary>
internal sealed class RequestWatch : IDisposable
{
    private readonly Watchdog _owner;
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _abort;
    private long _since;
    private long _received;
    private volatile int _phase;
    private volatile int _stalled;

    public RequestWatch(Watchdog owner, CancellationToken requestAborted)
    {
        _owner = owner;
        Token = _source.Token;
        _abort = requestAborted.UnsafeRegister(static state => ((RequestWatch)state!).Cancel(), this);
        owner.Add(this);
    }

    /// <summary>For every wait of the request but the router's refusals and the last words to the client.</summary>
    public CancellationToken Token { get; }

    /// <summary>The phase that took too long, or the shutdown; <see cref="WatchPhase.None"/> where nothing ended the request.</summary>
    public WatchPhase Stalled => (WatchPhase)_stalled;

    internal RequestWatch? Previous { get; set; }

    internal RequestWatch? Next { get; set; }

    public void BeginBody() => Enter(WatchPhase.ReadingBody);

    /// <summary>The body's clock goes on from its start: it is the average that counts.</summary>
    public void CountBody(int bytes) => Volatile.Write(ref _received, _received + bytes);

    public void AwaitFirstByte() => Enter(WatchPhase.FirstByte);

    public void AwaitStream() => Enter(WatchPhase.Stream);

    public void AwaitClient() => Enter(WatchPhase.Client);

    /// <summary>Nothing is bounded until the next phase.</summary>
    public void Rest() => _phase = (int)WatchPhase.None;

    /// <summary>Ends the request because the daemon stops.</summary>
    public void EndForShutdown()
    {
        _stalled = (int)WatchPhase.Shutdown;
        Cancel();
    }

    /// <summary>Ends the token; disposed or not.</summary>
    public void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The request ended meanwhile.
        }
    }

    /// <summary>Called by the watchdog's sweep, on another thread.</summary>
    internal void Check(GatewayOptions options, TimeProvider time)
    {
        // Read before the time: a phase is entered by writing its time first.
        var phase = (WatchPhase)_phase;
        if (phase == WatchPhase.None)
        {
            return;
        }

        var elapsed = time.GetElapsedTime(Volatile.Read(ref _since));
        var late = phase switch
        {
            WatchPhase.ReadingBody => elapsed > options.BodyGrace && Volatile.Read(ref _received) < elapsed.TotalSeconds * options.MinimumBodyBytesPerSecond,
            WatchPhase.FirstByte => elapsed > options.FirstByteTimeout,
            WatchPhase.Stream => elapsed > options.IdleStreamTimeout,
            _ => elapsed > options.ClientStallTimeout,
        };
        if (late)
        {
            _stalled = (int)phase;
            Cancel();
        }
    }

    public void Dispose()
    {
        _owner.Remove(this);
        _abort.Dispose();
        _source.Dispose();
    }

    private void Enter(WatchPhase phase)
    {
        Volatile.Write(ref _since, _owner.Now);
        _phase = (int)phase;
    }
}
