using System.Runtime.CompilerServices;
using Homelab.Gateway.Bodies;

namespace Homelab.Gateway.Transport;

/// <summary>The connections to one upstream. Requests take the one used last, so that those not needed age and are closed. A request is sent once and
/// never again, whatever happens to its connection: a generation must not run twice. Any thread.</summary>
internal sealed class UpstreamPool : IDisposable
{
    /// <summary>How long a connection may rest. Go's server keeps one for ever, Kestrel for 130 s, llama.cpp's for 5 s; a connection closed meanwhile is
    /// noticed before it is used.</summary>
    public static readonly TimeSpan RestingTime = TimeSpan.FromSeconds(60);

    /// <summary>How long connecting may take.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private const int MostResting = 256;

    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private readonly Lock _lock = new();
    private readonly List<UpstreamConnection> _resting = [];
    private bool _disposed;

    /// <param name="address">Scheme (<c>http</c> or <c>https</c>), host and port; its path is not used.</param>
    /// <param name="time">Ages connections and bounds connecting.</param>
    public UpstreamPool(Uri address, TimeProvider time)
    {
        Address = address;
        _time = time;
        _sweep = time.CreateTimer(static state => ((UpstreamPool)state!).CloseRested(), this, RestingTime / 2, RestingTime / 2);
    }

    /// <summary>Where its connections lead.</summary>
    public Uri Address { get; }

    /// <summary>Connections kept for the next request.</summary>
    public int Resting
    {
        get
        {
            lock (_lock)
            {
                return _resting.Count;
            }
        }
    }

    /// <summary>Sends a request and reads the answer's head. No time-out of its own but for connecting.</summary>
    /// <param name="head">Not finished yet; stays the caller's.</param>
    /// <param name="body">Null: none.</param>
    /// <param name="cancellation">Ends the exchange and closes its connection.</param>
    /// <returns>The answer, which the caller disposes. To be awaited once.</returns>
    /// <exception cref="UpstreamException">There is no answer.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UpstreamAnswer> SendAsync(RequestHead head, BodyContent? body, CancellationToken cancellation)
    {
        var connection = TakeResting() ?? await ConnectAsync(cancellation);
        try
        {
            await connection.SendAsync(head.Finish(body?.Length), body, cancellation);
            await connection.ReadHeadAsync(cancellation);
            return new UpstreamAnswer(this, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Takes a connection back, or closes it where it is of no more use.</summary>
    public void Return(UpstreamConnection connection)
    {
        if (connection.CanServeAnother)
        {
            connection.Rest();
            connection.RestingSince = _time.GetTimestamp();
            lock (_lock)
            {
                if (!_disposed && _resting.Count < MostResting)
                {
                    _resting.Add(connection);
                    return;
                }
            }
        }

        connection.Dispose();
    }

    /// <summary>Closes what rests; connections under way close when they are given back.</summary>
    public void Dispose()
    {
        _sweep.Dispose();
        List<UpstreamConnection> closing;
        lock (_lock)
        {
            _disposed = true;
            closing = [.. _resting];
            _resting.Clear();
        }

        closing.ForEach(static connection => connection.Dispose());
    }

    private UpstreamConnection? TakeResting()
    {
        while (true)
        {
            UpstreamConnection connection;
            lock (_lock)
            {
                if (_resting.Count == 0)
                {
                    return null;
                }

                connection = _resting[^1];
                _resting.RemoveAt(_resting.Count - 1);
            }

            if (connection.IsSound())
            {
                return connection;
            }

            connection.Dispose();
        }
    }

    private async Task<UpstreamConnection> ConnectAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            return await UpstreamConnection.OpenAsync(Address, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFault.Unreachable, $"no connection within {ConnectTimeout.TotalSeconds:F0} s", e);
        }
    }

    private void CloseRested()
    {
        List<UpstreamConnection> closing;
        lock (_lock)
        {
            var old = _resting.FindIndex(connection => _time.GetElapsedTime(connection.RestingSince) < RestingTime);
            closing = _resting[..(old < 0 ? _resting.Count : old)];
            _resting.RemoveRange(0, closing.Count);
        }

        closing.ForEach(static connection => connection.Dispose());
    }
}
