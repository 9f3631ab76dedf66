using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Homelab.Apps.Running;

/// <summary>Ports of this machine's loopback.</summary>
internal static class FreePort
{
    /// <summary>One that nobody has now. Somebody may take it before the app does: whoever starts the app tries again then.</summary>
    public static int Choose()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Whether somebody listens there, at loopback or at every address.</summary>
    public static bool IsTaken(int port) =>
        Array.Exists(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners(), l => l.Port == port && (IPAddress.IsLoopback(l.Address) || l.Address.Equals(IPAddress.Any) || l.Address.Equals(IPAddress.IPv6Any)));
}
