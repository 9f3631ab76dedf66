namespace Homelab.Contracts;

/// <summary>The version of the exchange between node and hub. Fields are only ever added, so that machines of neighbouring versions work together;
/// the number grows where a field changes its meaning.</summary>
/// <remarks>1: the first.</remarks>
internal static class ClusterProtocol
{
    public const int Version = 1;

    /// <summary>Largest body of a heartbeat, in bytes.</summary>
    public const int LargestHeartbeat = 1 << 20;
}
