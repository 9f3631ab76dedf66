using System.Net;
using System.Net.Sockets;

namespace Homelab.Apps.Running;

/// <summary>Asks an app whether it is ready, at first every tenth of a second, then every second.</summary>
/// <param name="port">Its port on loopback.</param>
/// <param name="path">What to ask for; null: whether it accepts connections.</param>
/// <param name="client">Sends the questions.</param>
/// <param name="time">Drives the pauses.</param>
internal sealed class HealthCheck(int port, string? path, HttpMessageInvoker client, TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>What it last said, for people.</summary>
    public string Last { get; private set; } = "it was never asked";

    /// <summary>Returns once it is ready.</summary>
    /// <exception cref="OperationCanceledException">Asked to end.</exception>
    public async Task PassesAsync(CancellationToken cancellation)
    {
        var pause = First;
        while (!await IsReadyAsync(cancellation).ConfigureAwait(false))
        {
            await Task.Delay(pause, time, cancellation).ConfigureAwait(false);
            pause = pause * 1.5 < Longest ? pause * 1.5 : Longest;
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            return path is null ? await AcceptsAsync(either.Token).ConfigureAwait(false) : await AnswersAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Last = $"{path ?? "it"} did not answer within {Patience.TotalSeconds:0} s";
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException or SocketException)
        {
            Last = problem.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? $"nothing listens at port {port}" : $"{path ?? "it"}: {problem.Message}";
        }

        return false;
    }

    private async Task<bool> AcceptsAsync(CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellation).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}{path}"));
        using var answer = await client.SendAsync(request, cancellation).ConfigureAwait(false);
        Last = $"{path} answers {(int)answer.StatusCode}";
        return answer.IsSuccessStatusCode;
    }
}
