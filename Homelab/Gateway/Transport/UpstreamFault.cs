namespace Homelab.Gateway.Transport;

/// <summary>What went wrong before an upstream's answer began.</summary>
internal enum UpstreamFault
{
    /// <summary>No connection could be made; nothing was sent, and another replica may be asked.</summary>
    Unreachable,

    /// <summary>The connection ended before the answer's head was whole. The request may have been served: it is never sent again.</summary>
    Closed,

    /// <summary>What came back is not an HTTP answer that can be relayed.</summary>
    Invalid,
}
