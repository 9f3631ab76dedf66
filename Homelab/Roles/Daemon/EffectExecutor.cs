using System.Collections.Concurrent;
using System.Collections.Immutable;
using Homelab.Apps.Running;
using Homelab.Control;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Roles.Daemon.Apps;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon;

/// <summary>Does the slow work that the scheduler asks for, each piece on a task of its own, and reports back with an event.
/// Holds no policy.</summary>
internal sealed class EffectExecutor
{
    /// <summary>How long freed device memory is waited for after the engine has let a model go; Ollama itself waits 5 s.</summary>
    private static readonly TimeSpan MemoryReturn = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan MemoryPoll = TimeSpan.FromMilliseconds(100);
    private const int StillPolls = 3;

    /// <summary>How long an unload may take before it is called failed: somebody else's stream may hold the model.</summary>
    private static readonly TimeSpan UnloadTimeout = TimeSpan.FromMinutes(10);

    private readonly IInferenceEngine _engine;
    private readonly ResidencyLoop _loop;
    private readonly EngineObserver _observer;
    private readonly ModelCatalog _catalog;
    private readonly Func<ImmutableArray<DeviceReading>> _readDevices;
    private readonly DaemonState _calibration;
    private readonly EventFeed _events;
    private readonly HomelabMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly TimeSpan _loadTimeout;
    private readonly ConcurrentDictionary<long, CancellationTokenSource> _loads = new();
    private readonly CancellationToken _stopping;

    public EffectExecutor(DaemonParts parts, EngineObserver observer, DaemonState calibration, CancellationToken stopping)
    {
        _engine = parts.Engine;
        _loop = parts.Loop;
        _observer = observer;
        _catalog = parts.Catalog;
        _readDevices = parts.ReadDevices;
        _calibration = calibration;
        _events = parts.Events;
        _metrics = parts.Metrics;
        _time = parts.Clock.Time;
        _log = parts.Log;
        _loadTimeout = parts.Settings.Policy.LoadTimeout;
        _stopping = stopping;
    }

    /// <summary>What does the same to apps; set once before the loop runs.</summary>
    public IAppRuns? Apps { get; set; }

    /// <summary>Takes an effect; returns at once.</summary>
    public void Execute(ResidencyEffect effect)
    {
        switch (effect)
        {
            case ResidencyEffect.StartLoad load:
                var cancel = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
                _loads[load.LoadId] = cancel;
                Start(() => load.Model.IsApp ? StartAppAsync(load, cancel) : LoadAsync(load, cancel));
                break;
            case ResidencyEffect.CancelLoad cancelled:
                if (_loads.TryGetValue(cancelled.LoadId, out var running))
                {
                    Start(running.CancelAsync);
                }

                break;
            case ResidencyEffect.StartUnload unload:
                Start(() => unload.Model.IsApp ? StopAppAsync(unload) : UnloadAsync(unload));
                break;
            case ResidencyEffect.Inspect inspect:
                Start(() => inspect.Model.IsApp ? PrepareAppAsync(inspect.Model) : InspectAsync(inspect.Model));
                break;
            case ResidencyEffect.SaveCorrections save:
                _calibration.SaveCorrections(save.Corrections);
                break;
            case ResidencyEffect.Announce announce:
                _events.Publish(announce.Announcement);
                Count(announce.Announcement);
                break;
        }
    }

    private void Start(Func<Task> work) => _ = Task.Run(async () =>
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The daemon is going; nobody waits for the answer.
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _log.LogError(fault, "an effect of the scheduler failed");
        }
    });

    private async Task LoadAsync(ResidencyEffect.StartLoad load, CancellationTokenSource cancel)
    {
        var began = _time.GetTimestamp();
        using var timeout = new CancellationTokenSource(_loadTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel.Token, timeout.Token);
        ResidencyEvent result;
        try
        {
            var local = _loop.Model(load.Model);
            foreach (var member in _catalog.MembersOf(load.Model))
            {
                local.Prepare(member.Name, await _engine.PrepareAsync(member.Name, load.Settings, both.Token).ConfigureAwait(false));
            }

            var engineName = local.EngineNameOf(load.Model);
            await _engine.LoadAsync(engineName, load.IsEmbedder, both.Token).ConfigureAwait(false);
            local.Held(engineName);
            var took = _time.GetElapsedTime(began);
            var loaded = await _observer.FindLoadedAsync(load.Model, _stopping).ConfigureAwait(false);
            _metrics.Loads.WithLabels(load.Model.Value, "succeeded").Inc();
            _metrics.LoadSeconds.WithLabels(load.Model.Value).Observe(took.TotalSeconds);
            result = new ResidencyEvent.LoadSucceeded(load.Model, load.LoadId, loaded, took);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            result = new ResidencyEvent.LoadFailed(load.Model, load.LoadId, LoadFailure.Cancelled, "nobody waited for it any more");
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            result = new ResidencyEvent.LoadFailed(load.Model, load.LoadId, LoadFailure.TimedOut, $"it took longer than {_loadTimeout.TotalSeconds:0} s (daemon.load_timeout)");
        }
        catch (EngineException problem)
        {
            result = new ResidencyEvent.LoadFailed(load.Model, load.LoadId, problem.Kind, problem.Message);
        }
        finally
        {
            _loads.TryRemove(load.LoadId, out _);
            cancel.Dispose();
        }

        if (result is ResidencyEvent.LoadFailed failed)
        {
            _metrics.Loads.WithLabels(load.Model.Value, failed.Kind == LoadFailure.Cancelled ? "cancelled" : "failed").Inc();
        }

        await _loop.PostAsync(result, _stopping).ConfigureAwait(false);
        _observer.LookSoon();
    }

    private async Task StartAppAsync(ResidencyEffect.StartLoad load, CancellationTokenSource cancel)
    {
        var began = _time.GetTimestamp();
        ResidencyEvent result;
        try
        {
            await Apps!.StartAsync(load.Model, load.LoadId, load.Allocation, cancel.Token).ConfigureAwait(false);
            result = new ResidencyEvent.LoadSucceeded(load.Model, load.LoadId, null, _time.GetElapsedTime(began));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            result = new ResidencyEvent.LoadFailed(load.Model, load.LoadId, LoadFailure.Cancelled, "nobody waited for it any more");
        }
        catch (AppStartException problem)
        {
            var kind = problem.Failure switch { AppStartFailure.Ended => LoadFailure.Engine, AppStartFailure.Unhealthy => LoadFailure.TimedOut, _ => LoadFailure.Unstartable };
            result = new ResidencyEvent.LoadFailed(load.Model, load.LoadId, kind, problem.Message);
        }
        finally
        {
            _loads.TryRemove(load.LoadId, out _);
            cancel.Dispose();
        }

        await _loop.PostAsync(result, _stopping).ConfigureAwait(false);
        if (result is ResidencyEvent.LoadSucceeded)
        {
            Apps!.Watch(load.Model);
        }
    }

    private async Task StopAppAsync(ResidencyEffect.StartUnload unload)
    {
        var before = _readDevices();
        await Apps!.StopAsync(unload.Model).ConfigureAwait(false);
        await MemoryIsBackAsync(unload.Allocation, before, endsWhenStill: true, _stopping).ConfigureAwait(false);
        await _loop.PostAsync(new ResidencyEvent.Unloaded(unload.Model), _stopping).ConfigureAwait(false);
    }

    private async Task PrepareAppAsync(ModelName app)
    {
        var (digest, problem) = await Apps!.PrepareAsync(app, _stopping).ConfigureAwait(false);
        await _loop.PostAsync(new ResidencyEvent.AppPrepared(app, digest, problem), _stopping).ConfigureAwait(false);
    }

    private async Task UnloadAsync(ResidencyEffect.StartUnload unload)
    {
        var before = _readDevices();
        using var timeout = new CancellationTokenSource(UnloadTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_stopping, timeout.Token);
        try
        {
            await _engine.UnloadAsync(_loop.Model(unload.Model).EngineName, both.Token).ConfigureAwait(false);
            await MemoryIsBackAsync(unload.Allocation, before, endsWhenStill: false, both.Token).ConfigureAwait(false);
            await _loop.PostAsync(new ResidencyEvent.Unloaded(unload.Model), _stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            await _loop.PostAsync(new ResidencyEvent.UnloadFailed(unload.Model, "somebody else's request still holds it"), _stopping).ConfigureAwait(false);
        }
        catch (EngineException problem)
        {
            await _loop.PostAsync(new ResidencyEvent.UnloadFailed(unload.Model, problem.Message), _stopping).ConfigureAwait(false);
        }

        _observer.LookSoon();
    }

    /// <summary>Waits until three quarters of what the replica held are free again on each measured device, or long enough:
    /// the driver gives memory back some time after the engine has let it go.</summary>
    /// <param name="held">What it held by our books.</param>
    /// <param name="before">What was free while it held that.</param>
    /// <param name="endsWhenStill">Whether nothing more is waited for once no more comes free: an app may have taken less than its manifest says.</param>
    /// <param name="cancellation">Ends the wait.</param>
    private async Task MemoryIsBackAsync(ImmutableArray<DeviceAllocation> held, ImmutableArray<DeviceReading> before, bool endsWhenStill, CancellationToken cancellation)
    {
        var began = _time.GetTimestamp();
        var (still, last) = (0, before);
        while (_time.GetElapsedTime(began) < MemoryReturn)
        {
            var now = _readDevices();
            still = held.Any(allocation => Grows(allocation, last, now)) ? 0 : still + 1;
            if (held.All(allocation => IsBack(allocation, before, now)) || (endsWhenStill && still >= StillPolls))
            {
                return;
            }

            last = now;
            await Task.Delay(MemoryPoll, _time, cancellation).ConfigureAwait(false);
        }
    }

    private static bool Grows(DeviceAllocation allocation, ImmutableArray<DeviceReading> last, ImmutableArray<DeviceReading> now) =>
        now.FirstOrDefault(d => d.Name == allocation.Device)?.Free is { } free && last.FirstOrDefault(d => d.Name == allocation.Device)?.Free is { } then && free > then;

    private static bool IsBack(DeviceAllocation allocation, ImmutableArray<DeviceReading> before, ImmutableArray<DeviceReading> now)
    {
        var then = before.FirstOrDefault(d => d.Name == allocation.Device);
        var here = now.FirstOrDefault(d => d.Name == allocation.Device);

        // RAM says little: the engine's weights are mapped files, which count as free while they are loaded.
        return then?.Free is not { } freeThen || here?.Free is not { } freeNow || here.Kind == DeviceKind.Ram
            || (freeNow.Bytes - freeThen.Bytes) * 4 >= allocation.Bytes.Bytes * 3;
    }

    /// <summary>Reads a model's metadata and tells the loop; loads nothing.</summary>
    public async Task InspectAsync(ModelName model)
    {
        if (_loop.Snapshot.Models.GetValueOrDefault(model)?.Installed is not { } installed)
        {
            return;
        }

        GgufFacts? facts = null;
        try
        {
            facts = await _engine.InspectAsync(installed, _stopping).ConfigureAwait(false);
        }
        catch (EngineException problem)
        {
            _log.LogWarning("the metadata of {Model} could not be read ({Problem}); its memory is estimated from its size on disk", model, problem.Message);
        }

        await _loop.PostAsync(new ResidencyEvent.ModelInspected(model, installed.Digest, facts), _stopping).ConfigureAwait(false);
    }

    private void Count(Announcement announcement)
    {
        if (announcement.Type == AnnouncementTypes.ModelEvicted)
        {
            _metrics.Evictions.WithLabels("room").Inc();
        }
        else if (announcement.Type == AnnouncementTypes.ModelUnloaded)
        {
            _metrics.Evictions.WithLabels(announcement.Data.GetValueOrDefault("reason", "idle")).Inc();
        }
        else if (announcement.Type == AnnouncementTypes.Thrash)
        {
            _metrics.Thrash.Inc();
        }
    }
}
