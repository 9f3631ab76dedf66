namespace Homelab.Domain.Cluster;

/// <summary>What a hub may order. Closed set.</summary>
internal enum CommandKind
{
    /// <summary>Bring a model into memory.</summary>
    Load,

    /// <summary>Take a model out of memory.</summary>
    Unload,

    /// <summary>Download a model.</summary>
    Pull,

    /// <summary>Remove a model from disk.</summary>
    Delete,

    /// <summary>Tell which folders may be read.</summary>
    InfraRoots,

    /// <summary>List one of them.</summary>
    InfraList,

    /// <summary>Show a window of a file.</summary>
    InfraRead,

    /// <summary>Give up another command.</summary>
    Cancel,
}
