using Homelab.Domain.Residency;

namespace Homelab.Engines;

/// <summary>An engine refused, failed or could not be reached. The message is the engine's own, bounded in length and free of control characters.</summary>
internal sealed class EngineException : Exception
{
    public EngineException(LoadFailure kind, string message)
        : base(message) => Kind = kind;

    public EngineException(LoadFailure kind, string message, Exception inner)
        : base(message, inner) => Kind = kind;

    /// <summary>What it means for a load.</summary>
    public LoadFailure Kind { get; }
}
