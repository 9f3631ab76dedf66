using System.Collections.Concurrent;
using Homelab.Domain.Models;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>One replica of this machine, loaded or not, as the hot path needs it. Lives as long as the daemon, whatever becomes of the model.</summary>
internal sealed class LocalModel(ModelName name, ReplicaGate gate)
{
    private readonly ConcurrentDictionary<ModelName, string> _prepared = new();
    private volatile string _engineName = name.Value;
    private volatile Upstream? _upstream;

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

    /// <summary>Notes under which name the engine holds it.</summary>
    public void Held(string engineName) => _engineName = engineName;
}
