namespace Homelab.Persistence.Cluster;

/// <summary>The disk refused what was to be kept for good. For a client this is 507.</summary>
/// <param name="fault">What went wrong, for people.</param>
/// <param name="cause">What the disk said.</param>
internal sealed class StateWriteException(StateFault fault, Exception cause) : Exception(fault.Message, cause)
{
    public StateFault Fault { get; } = fault;
}
