namespace Homelab.Roles.Mcp;

/// <summary>How many calls may run at the same time: of one session, and of all. The older SSE transport accepts every message at once, so that an
/// agent in a loop would otherwise pile them up. Safe from any thread.</summary>
internal sealed class CallGate
{
    public const int MostOfSession = 16;
    public const int Most = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _running = new(StringComparer.Ordinal);
    private int _total;

    /// <summary>Calls that run now.</summary>
    public int Running => Volatile.Read(ref _total);

    /// <summary>Lets a call in, until the result is disposed; null: too many run already.</summary>
    /// <param name="session">The session's id; null where there is none: each call then holds a request of its own, or the process has one client only.</param>
    public IDisposable? TryEnter(string? session)
    {
        lock (_lock)
        {
            var running = session is null ? 0 : _running.GetValueOrDefault(session);
            if (_total >= Most || running >= MostOfSession)
            {
                return null;
            }

            if (session is not null)
            {
                _running[session] = running + 1;
            }

            _total++;
            return new Entry(this, session);
        }
    }

    private void Leave(string? session)
    {
        lock (_lock)
        {
            _total--;
            if (session is not null && --_running[session] == 0)
            {
                _running.Remove(session);
            }
        }
    }

    /// <summary>One call that was let in.</summary>
    private sealed class Entry(CallGate gate, string? session) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                gate.Leave(session);
            }
        }
    }
}
