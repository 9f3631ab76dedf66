using System.Threading.Channels;
using Homelab.Engines;

namespace Homelab.Roles.Daemon;

/// <summary>One running download and those who follow it.</summary>
internal sealed class SharedPull : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Channel<PullProgress>> _followers = [];
    private readonly CancellationTokenSource _cancel = new();
    private int _joined;
    private bool _ended;
    private bool _started;
    private EngineException? _problem;
    private PullProgress? _last;

    /// <summary>Cancelled when the last follower left.</summary>
    public CancellationToken Cancellation => _cancel.Token;

    /// <summary>After its end: no follower cancels it any more.</summary>
    public void Dispose() => _cancel.Dispose();

    /// <summary>Counts one more follower; false where the download is already over.</summary>
    /// <param name="first">Whether the caller must start it.</param>
    public bool Join(out bool first)
    {
        lock (_gate)
        {
            first = !_started;
            if (_ended || _cancel.IsCancellationRequested)
            {
                return false;
            }

            _started = true;
            _joined++;
            return true;
        }
    }

    /// <summary>Counts one follower less.</summary>
    /// <returns>Whether it was the last, and the download is being cancelled.</returns>
    public bool Leave()
    {
        lock (_gate)
        {
            if (--_joined > 0 || _ended)
            {
                return false;
            }

            _cancel.CancelAsync();
            return true;
        }
    }

    /// <summary>Hands a step to every follower; a slow one sees the latest step only.</summary>
    public void Report(PullProgress step)
    {
        lock (_gate)
        {
            _last = step;
            foreach (var follower in _followers)
            {
                follower.Writer.TryWrite(step);
            }
        }
    }

    /// <summary>Ends it for every follower.</summary>
    public void End(EngineException? problem)
    {
        lock (_gate)
        {
            _ended = true;
            _problem = problem;
            foreach (var follower in _followers)
            {
                follower.Writer.TryComplete(problem);
            }
        }
    }

    /// <summary>The steps from now on.</summary>
    /// <exception cref="EngineException">The download failed.</exception>
    public IAsyncEnumerable<PullProgress> FollowAsync(CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<PullProgress>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate)
        {
            if (_last is not null)
            {
                channel.Writer.TryWrite(_last);
            }

            if (_ended)
            {
                channel.Writer.TryComplete(_problem);
            }
            else
            {
                _followers.Add(channel);
            }
        }

        return channel.Reader.ReadAllAsync(cancellation);
    }
}
