namespace Homelab.Domain.Residency;

/// <summary>Whether requests may take leases on a replica without asking the scheduler.</summary>
internal enum GateState
{
    /// <summary>Anyone may, up to its capacity.</summary>
    Open,

    /// <summary>Only the scheduler grants: somebody waits, and no newcomer may pass.</summary>
    Queueing,

    /// <summary>Nobody may: it is draining or being unloaded.</summary>
    Closed,
}
