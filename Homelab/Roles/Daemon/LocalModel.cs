using Homelab.Domain.Models;

namespace Homelab.Roles.Daemon;

/// <summary>One model of this machine as the hot path needs it. Lives as long as the daemon, whatever becomes of the model.</summary>
internal sealed class LocalModel(ModelName name, ReplicaGate gate)
{
    private volatile string _engineName = name.Value;

    /// <summary>Its canonical name; the primary one where several names share a digest.</summary>
    public ModelName Name => name;

    public ReplicaGate Gate => gate;

    /// <summary>The name under which the engine serves it, so that every path uses one context; set by each load.</summary>
    public string EngineName
    {
        get => _engineName;
        set => _engineName = value;
    }
}
