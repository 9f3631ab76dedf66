using System.Net;
using System.Net.Sockets;

namespace Homelab.Apps.Downloads;

/// <summary>Connects one request: the host is resolved once, each of its addresses is vetted, and the connection goes to that very address, so that no second answer of the name
/// server can lead elsewhere.</summary>
/// <param name="options">Resolves and dials.</param>
/// <param name="time">Bounds each try.</param>
/// <param name="from">Where the redirect came from; null: the manifest names the host.</param>
internal sealed class VettedConnection(DownloadOptions options, TimeProvider time, AddressReach? from)
{
    /// <summary>Where the connection leads, once there is one.</summary>
    public AddressReach? Reached { get; private set; }

    /// <summary>Connects for a handler.</summary>
    /// <exception cref="DownloadException">No address of the host may be connected to.</exception>
    /// <exception cref="SocketException">The host has no address, or none answers.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await options.Resolve(host, cancellation);
        string? refusal = null;
        Exception? failure = null;
        foreach (var address in addresses)
        {
            if (AddressPolicy.Refusal(address, from) is { } why)
            {
                refusal ??= $"{host} leads to {address}: {why}";
                continue;
            }

            try
            {
                var stream = await DialWithinAsync(new IPEndPoint(address, port), cancellation);
                Reached = AddressPolicy.ReachOf(address);
                return stream;
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                failure = exception;
            }
        }

        throw failure ?? (refusal is null ? new SocketException((int)SocketError.HostNotFound) : new DownloadException(refusal));
    }

    /// <summary>Opens a TCP connection.</summary>
    public static async Task<Stream> DialAsync(IPEndPoint address, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Stream> DialWithinAsync(IPEndPoint address, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(options.Connect, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            return await options.Dial(address, both.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }
}
