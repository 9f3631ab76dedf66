using System.Collections.Concurrent;
using Homelab.Domain.Models;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>One replica of this machine, loaded or not, as the hot path needs it. Lives as long as the daemon, whatever becomes of the model.</summary>
internal sealed class LocalModel(ModelName name, ReplicaGate gate)
{
    private static readonly TimeSpan DoubtPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDoubt = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<ModelName, string> _prepared = new();
    private volatile string _engineName = name.Value;
    private volatile Upstream? _upstream;
    private volatile Upstream? _doubted;

    /// <summary>Its canonical name; the primary one where several names share a replica.</summary>
    public ModelName Name => name;

    public ReplicaGate Gate => gate;

    /// <summary>Whether it is an app.</summary>
    public bool IsApp { get; } = name.IsApp;

    /// <summary>Where it listens itself: an app that runs. Null: at the engine.</summary>
    public Upstream? Upstream
    {
        get => _upstream;
        set => _upstream = value;
    }

    /// <summary>The same; null also where a request just found nobody there.</summary>
    public Upstream? Reachable => _upstream is { } upstream && !ReferenceEquals(upstream, _doubted) ? upstream : null;

    /// <summary>The name under which the engine holds it.</summary>
    public string EngineName => _engineName;

    /// <summary>The name under which the engine serves a request for one of its names, so that every path uses one context.</summary>
    public string EngineNameOf(ModelName member) => _prepared.GetValueOrDefault(member) ?? member.Value;

    /// <summary>Notes how the engine serves one of its names.</summary>
    public void Prepare(ModelName member, string engineName)
    {
        if (string.Equals(member.Value, engineName, StringComparison.Ordinal))
        {
            _prepared.TryRemove(member, out _);
        }
        else
        {
            _prepared[member] = engineName;
        }
    }

    /// <summary>A request found nobody there: the process has ended, which its watch will say in a moment, or it lives and takes no connections.</summary>
    public void Doubt(Upstream upstream) => _doubted = upstream;

    /// <summary>Returns once it is known whether what was doubted has ended, or after a while in which nothing was heard of that: then it is trusted again.</summary>
    public async Task SettleAsync(TimeProvider time, CancellationToken cancellation)
    {
        for (var waited = TimeSpan.Zero; _upstream is { } upstream && ReferenceEquals(upstream, _doubted); waited += DoubtPoll)
        {
            if (waited >= LongestDoubt)
            {
                _doubted = null;
                return;
            }

            await Task.Delay(DoubtPoll, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Notes under which name the engine holds it.</summary>
    public void Held(string engineName) => _engineName = engineName;
}
