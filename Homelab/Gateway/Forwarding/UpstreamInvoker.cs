using System.Net;

namespace Homelab.Gateway.Forwarding;

/// <summary>Makes the connection pool of an <see cref="Upstream"/> with the settings that forwarding relies on.</summary>
internal static class UpstreamInvoker
{
    /// <summary>No time-out, no retry, no redirect, nothing unpacked. A response given up early is not drained: its connection closes at
    /// once, and with it the generation. The caller disposes.</summary>
    public static HttpMessageInvoker Create(TimeSpan connectTimeout) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = connectTimeout,
        MaxResponseDrainSize = 0,
        ResponseDrainTimeout = TimeSpan.Zero,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        EnableMultipleHttp2Connections = false,
    });
}
