using System.Collections.Immutable;
using System.Globalization;
using Homelab.Domain.Memory;

namespace Homelab.Hardware;

/// <summary>Keeps a probe that may hang in a driver away from everybody else: it reads on a thread of its own, and whoever asks waits a moment at most. While a
/// call does not return there is no second one, and what was read last holds, marked with its age: a machine whose driver hangs neither forgets what
/// its GPUs hold nor finds room on them that nobody measured. A probe that returns after all is used again, and one that fails ends nothing. Any thread.</summary>
internal sealed class GuardedProbe : IDeviceProbe, IDisposable
{
    private readonly IDeviceProbe _inner;
    private readonly TimeProvider _time;
    private readonly TimeSpan _limit;
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _wanted = new();
    private readonly ManualResetEventSlim _read = new(initialState: true);
    private ImmutableArray<DeviceReading> _last = [];
    private TimeSpan _patience;
    private long _askedAt;
    private long _readAt;
    private string? _failure;
    private bool _isStarted;
    private volatile bool _ended;

    /// <param name="inner">Called by one thread at a time; disposed with this, unless it hangs.</param>
    /// <param name="time">For ages.</param>
    /// <param name="limit">How long a reading is waited for; null: a quarter of a second, and two at first, when a driver may have to wake its GPUs.</param>
    public GuardedProbe(IDeviceProbe inner, TimeProvider time, TimeSpan? limit = null)
    {
        _inner = inner;
        _time = time;
        _limit = limit ?? TimeSpan.FromMilliseconds(250);
        _patience = limit ?? TimeSpan.FromSeconds(2);
    }

    public ImmutableArray<string> LeftOut => _inner.LeftOut;

    public ImmutableArray<DeviceReading> Read()
    {
        TimeSpan patience;
        lock (_lock)
        {
            if (_read.IsSet)
            {
                Ask();
            }

            patience = _patience - _time.GetElapsedTime(_askedAt);
        }

        var isInTime = patience > TimeSpan.Zero && _read.Wait(patience);
        lock (_lock)
        {
            return !isInTime && !_read.IsSet ? Held(string.Create(CultureInfo.InvariantCulture, $"the driver has not answered for {_time.GetElapsedTime(_askedAt).TotalSeconds:0} s; this was read before"))
                : _failure is { } failure ? Held($"it cannot be read ({failure}); this was read before")
                : _last;
        }
    }

    public void Dispose()
    {
        _ended = true;
        _wanted.Set();
    }

    private void Ask()
    {
        _askedAt = _time.GetTimestamp();
        _read.Reset();
        _wanted.Set();
        if (!_isStarted)
        {
            _isStarted = true;
            new Thread(Run) { IsBackground = true, Name = "devices" }.Start();
        }
    }

    private void Run()
    {
        while (true)
        {
            _wanted.Wait();
            if (_ended)
            {
                (_inner as IDisposable)?.Dispose();
                return;
            }

            _wanted.Reset();
            ImmutableArray<DeviceReading>? reading = null;
            string? failure = null;
            try
            {
                reading = _inner.Read();
            }
            catch (Exception problem) when (problem is not OutOfMemoryException)
            {
                // Nobody above this thread could catch it: a probe's mistake would end the daemon, and every model with it.
                failure = problem.Message;
            }

            lock (_lock)
            {
                _last = reading ?? _last;
                _readAt = reading is null ? _readAt : _time.GetTimestamp();
                _failure = failure;
                _patience = _limit;
                _read.Set();
            }
        }
    }

    /// <summary>What was read last, with its age.</summary>
    private ImmutableArray<DeviceReading> Held(string problem)
    {
        var age = _time.GetElapsedTime(_readAt);
        return [.. _last.Select(d => d with { Facts = (d.Facts ?? new DeviceFacts()) with { Problem = problem, Age = age } })];
    }
}
