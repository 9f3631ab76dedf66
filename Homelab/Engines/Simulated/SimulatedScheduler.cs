using System.Collections.Immutable;
using System.Globalization;

namespace Homelab.Engines.Simulated;

/// <summary>Loads, keeps and unloads models by the rules of Ollama's own scheduler: one load at a time, a bounded queue, a reload where load
/// options differ, the idle model with the shortest keep-alive goes first, and an error where even an empty device is too small.</summary>
internal sealed class SimulatedScheduler(SimulatedSettings settings, ISimulationFaults faults, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);
    private static readonly DateTimeOffset Never = new(2319, 3, 5, 14, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, SimulatedRunner> _loaded = [];
    private readonly SemaphoreSlim _turn = new(1, 1);
    private SchedulerCounts _counts;
    private long _used;
    private int _waiting;
    private bool _loading;

    /// <summary>Bytes that somebody else holds on the device.</summary>
    public long ForeignBytes { get; set; }

    /// <summary>Bytes free on the device.</summary>
    public long FreeBytes
    {
        get
        {
            lock (_gate)
            {
                return Math.Max(0, settings.Memory.Bytes - _used - ForeignBytes);
            }
        }
    }

    /// <summary>Requests that wait for a load now, the one that loads included.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting;
            }
        }
    }

    public SchedulerCounts Counts
    {
        get
        {
            lock (_gate)
            {
                return _counts;
            }
        }
    }

    /// <summary>The loaded models as Ollama lists them, the one that expires last first. May be empty while a model loads, see
    /// <see cref="SimulatedSettings.ListsNothingWhileLoading"/>.</summary>
    public ImmutableArray<LoadedReading> List()
    {
        lock (_gate)
        {
            return _loading && settings.ListsNothingWhileLoading ? [] : ListAll();
        }
    }

    /// <summary>The loaded models as they are.</summary>
    public ImmutableArray<LoadedReading> ListAll()
    {
        lock (_gate)
        {
            return [.. _loaded.Values.Select(r => new LoadedReading(r.Model, r.Bytes, r.Context, r.ExpiresAt, r.References)).OrderByDescending(r => r.ExpiresAt)];
        }
    }

    /// <summary>Waits until the model is loaded with these options and takes a hold on it. A cancelled load is dropped.</summary>
    /// <exception cref="OllamaErrorException">The queue is full, or the load failed.</exception>
    public async Task<SimulatedLease> AcquireAsync(SimulatedModel model, LoadOptions options, TimeSpan? keepAlive, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        if ((options.Context ?? model.Context ?? (settings.ContextIsExplicit ? settings.DefaultContext : null)) is { } tokens)
        {
            options = options with { Context = Math.Max(4, tokens) };
        }

        lock (_gate)
        {
            if (TryUse(model, options, keepAlive) is { } runner)
            {
                return new SimulatedLease(this, runner, TimeSpan.Zero);
            }

            if (_waiting > settings.MaximumQueue)
            {
                throw new OllamaErrorException(503, "server busy, please try again.  maximum pending requests exceeded");
            }

            _waiting++;
            _counts = _counts with { MostLoading = Math.Max(_counts.MostLoading, _waiting) };
        }

        try
        {
            await _turn.WaitAsync(cancellation);
            try
            {
                return new SimulatedLease(this, await LoadAsync(model, options, keepAlive, cancellation), time.GetElapsedTime(started));
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            lock (_gate)
            {
                _waiting--;
            }
        }
    }

    /// <summary>Unloads at once, or when its last request ends. Does nothing where it is not loaded.</summary>
    public void Expire(SimulatedModel model)
    {
        lock (_gate)
        {
            if (_loaded.TryGetValue(model.Blob, out var runner))
            {
                runner.ExpiresAt = time.GetUtcNow();
                Expire(runner);
            }
        }
    }

    /// <summary>The process that runs this model dies.</summary>
    public void Kill(SimulatedModel model)
    {
        SimulatedRunner? runner;
        lock (_gate)
        {
            if (!_loaded.TryGetValue(model.Blob, out runner))
            {
                return;
            }
        }

        runner.Kill();
        Expire(model);
    }

    /// <summary>Everything goes, as when the server stops.</summary>
    public void UnloadAll()
    {
        lock (_gate)
        {
            foreach (var runner in _loaded.Values.ToList())
            {
                runner.Kill();
                Remove(runner);
            }
        }
    }

    public void Release(SimulatedRunner runner)
    {
        lock (_gate)
        {
            runner.References--;
            if (runner.References > 0 || runner.Unloading)
            {
                return;
            }

            if (runner.KeepAlive <= TimeSpan.Zero || runner.Died.IsCancellationRequested)
            {
                Expire(runner);
                return;
            }

            SetExpiry(runner);
            runner.Timer?.Dispose();
            runner.Timer = runner.KeepAlive > LongestTimer ? null : time.CreateTimer(_ => OnTimer(runner), null, runner.KeepAlive, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        UnloadAll();
        _turn.Dispose();
    }

    private async Task<SimulatedRunner> LoadAsync(SimulatedModel model, LoadOptions options, TimeSpan? keepAlive, CancellationToken cancellation)
    {
        var context = Math.Min(options.Context ?? settings.DefaultContext, model.Architecture.TrainedContext);
        var bytes = model.MemoryFor(context, settings.Parallel);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            SimulatedRunner? victim;
            lock (_gate)
            {
                if (TryUse(model, options, keepAlive) is { } ready)
                {
                    return ready;
                }

                victim = FindVictim(model, bytes);
                if (victim is null)
                {
                    _loading = true;
                    _counts = _counts with { Loads = _counts.Loads + 1 };
                    break;
                }

                Expire(victim);
            }

            await victim.Unloaded.Task.WaitAsync(cancellation);
        }

        try
        {
            await faults.OnLoadAsync(model, cancellation);
            if (model.LoadError is { } reason)
            {
                throw new OllamaErrorException(500, reason);
            }

            await Task.Delay(LoadTime(model), time, cancellation);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                _loading = false;
                _counts = _counts with { LoadsDropped = _counts.LoadsDropped + 1 };
            }

            throw;
        }
        catch
        {
            lock (_gate)
            {
                _loading = false;
            }

            throw;
        }

        lock (_gate)
        {
            var runner = new SimulatedRunner(model, options, context, bytes, model.IsEmbedder ? 1 : settings.Parallel) { KeepAlive = settings.KeepAlive };
            _loaded[model.Blob] = runner;
            _used += bytes;
            _loading = false;
            _counts = _counts with { LoadsFinished = _counts.LoadsFinished + 1 };
            Use(runner, keepAlive);
            SetExpiry(runner);
            return runner;
        }
    }

    /// <summary>Who must go before the model can be loaded; null: nobody.</summary>
    private SimulatedRunner? FindVictim(SimulatedModel model, long bytes)
    {
        if (_loaded.TryGetValue(model.Blob, out var outdated))
        {
            _counts = _counts with { Reloads = _counts.Reloads + (outdated.Unloading ? 0 : 1) };
            return outdated;
        }

        var tooMany = settings.MaximumLoaded > 0 && _loaded.Count >= settings.MaximumLoaded;
        if (!tooMany && _used + ForeignBytes + bytes <= settings.Memory.Bytes)
        {
            return null;
        }

        if (_loaded.Count == 0)
        {
            throw OutOfMemory(model.Size > settings.Memory.Bytes ? model.Size : bytes - model.Size);
        }

        _counts = _counts with { Evictions = _counts.Evictions + 1 };
        return _loaded.Values.OrderBy(r => r.References > 0).ThenBy(r => r.KeepAlive).ThenBy(r => r.Model.Blob, StringComparer.Ordinal).First();
    }

    /// <summary>The last lines of the runner's log, as Ollama passes them on.</summary>
    private static OllamaErrorException OutOfMemory(long bytes)
    {
        var attempt = string.Create(CultureInfo.InvariantCulture, $"ggml_aligned_malloc: insufficient memory (attempted to allocate {bytes / 1048576.0:0.00} MB)");
        var buffer = $"ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size {bytes}";
        var tensors = $"alloc_tensor_range: failed to allocate CPU buffer of size {bytes}";
        return new OllamaErrorException(500, $"llama-server process has terminated: {attempt}\n{buffer}\n{tensors}: {attempt}\n{buffer}\n{tensors}");
    }

    private TimeSpan LoadTime(SimulatedModel model)
    {
        var byRate = settings.LoadRate.Bytes <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)model.Size / settings.LoadRate.Bytes);
        return byRate > settings.MinimumLoadTime ? byRate : settings.MinimumLoadTime;
    }

    private SimulatedRunner? TryUse(SimulatedModel model, LoadOptions options, TimeSpan? keepAlive)
    {
        if (!_loaded.TryGetValue(model.Blob, out var runner) || runner.Unloading || runner.Died.IsCancellationRequested
            || runner.Options.DiffersFrom(options, runner.Context, settings.DefaultContext, model.Architecture.TrainedContext))
        {
            return null;
        }

        Use(runner, keepAlive);
        return runner;
    }

    private static void Use(SimulatedRunner runner, TimeSpan? keepAlive)
    {
        runner.References++;
        runner.Timer?.Dispose();
        runner.Timer = null;
        runner.KeepAlive = keepAlive ?? runner.KeepAlive;
    }

    private void SetExpiry(SimulatedRunner runner) =>
        runner.ExpiresAt = runner.KeepAlive > TimeSpan.FromDays(36_500) ? Never : time.GetUtcNow() + runner.KeepAlive;

    private void OnTimer(SimulatedRunner runner)
    {
        lock (_gate)
        {
            if (runner is { References: 0, Timer: not null })
            {
                Expire(runner);
            }
        }
    }

    /// <summary>From now on it goes as soon as nobody uses it.</summary>
    private void Expire(SimulatedRunner runner)
    {
        runner.KeepAlive = TimeSpan.Zero;
        runner.Timer?.Dispose();
        runner.Timer = null;
        if (runner.References > 0 || runner.Unloading)
        {
            return;
        }

        runner.Unloading = true;
        if (settings.UnloadTime <= TimeSpan.Zero)
        {
            Remove(runner);
            return;
        }

        runner.Timer = time.CreateTimer(_ => OnUnloaded(runner), null, settings.UnloadTime, Timeout.InfiniteTimeSpan);
    }

    private void OnUnloaded(SimulatedRunner runner)
    {
        lock (_gate)
        {
            Remove(runner);
        }
    }

    private void Remove(SimulatedRunner runner)
    {
        runner.Unloading = true;
        if (_loaded.TryGetValue(runner.Model.Blob, out var listed) && listed == runner)
        {
            _loaded.Remove(runner.Model.Blob);
            _used -= runner.Bytes;
            _counts = _counts with { Unloads = _counts.Unloads + 1 };
        }

        runner.Timer?.Dispose();
        runner.Unloaded.TrySetResult();
    }
}
