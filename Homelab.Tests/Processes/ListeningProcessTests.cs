using System.Net;
using System.Net.Sockets;
using Homelab.Processes;

namespace Homelab.Tests.Processes;

public sealed class ListeningProcessTests
{
    [UnixFact]
    public void Owner_of_a_port_is_found_and_its_environment_read()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var sockets = ListeningProcess.Sockets(((IPEndPoint)listener.LocalEndpoint).Port);

        Assert.Single(sockets);
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), ListeningProcess.Environment(sockets)!["PATH"]);
    }

    [UnixFact]
    public void Nobody_is_found_where_nobody_listens()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var sockets = ListeningProcess.Sockets(((IPEndPoint)socket.LocalEndPoint!).Port);

        Assert.Empty(sockets);
        Assert.Null(ListeningProcess.Environment(sockets));
    }
}
