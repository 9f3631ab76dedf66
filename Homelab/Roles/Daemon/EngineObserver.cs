using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Engines.Ollama;
using Homelab.Gateway;
using Homelab.Gateway.Transport;

namespace Homelab.Roles.Daemon;

/// <summary>Looks at the engine every few seconds, and at once after anything changed: what is installed, what is loaded, who used it.
/// Renews the engine's own timers, so that only this daemon decides what is unloaded. Never makes the engine load anything.</summary>
internal sealed class EngineObserver : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PauseWhileDown = TimeSpan.FromSeconds(1);

    /// <summary>A replica whose timer at the engine would run out sooner than this is touched.</summary>
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(30);

    private readonly DaemonParts _parts;
    private readonly string _engineName;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly SemaphoreSlim _looking = new(1, 1);
    private readonly Dictionary<ModelName, (DateTimeOffset ExpiresAt, TimeSpan ReadAt)> _seen = [];
    private Upstream? _upstream;

    public EngineObserver(DaemonParts parts)
    {
        _parts = parts;
        _engineName = parts.Engine.Name;
    }

    public void Dispose()
    {
        _wake.Dispose();
        _looking.Dispose();
        _upstream?.Pool.Dispose();
    }

    /// <summary>Makes the next look happen now.</summary>
    public void LookSoon()
    {
        if (_wake.CurrentCount == 0)
        {
            try
            {
                _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else woke it in the same moment.
            }
        }
    }

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var up = await LookAsync(cancellation).ConfigureAwait(false);
            using var pause = new CancellationTokenSource(up ? Pause : PauseWhileDown, _parts.Clock.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, cancellation);
            try
            {
                await _wake.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The pause is over, or the daemon ends.
            }
        }
    }

    /// <summary>Looks once and tells the loop; false where the engine does not answer.</summary>
    public async Task<bool> LookAsync(CancellationToken cancellation)
    {
        await _looking.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var asked = _parts.Clock.Now;
            var inventory = await _parts.Engine.ObserveAsync(cancellation).ConfigureAwait(false);
            var installed = _parts.Catalog.Update(inventory, UpstreamOf(_parts.Engine.Endpoint!), _parts.Engine.IsSimulated);
            var loaded = ImmutableArray.CreateBuilder<LoadedModel>();
            foreach (var entry in inventory.Loaded)
            {
                await NameAsync(entry, asked, cancellation).ConfigureAwait(false);
                loaded.Add(Attribute(entry));
            }

            Forget(inventory);
            _parts.Metrics.EngineUp.Set(1);
            await _parts.Loop.PostAsync(new ResidencyEvent.EngineObserved(installed, loaded.ToImmutable(), asked, inventory.Defaults, inventory.Limits) { Version = inventory.Version }, cancellation).ConfigureAwait(false);
            await RenewAsync(inventory, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (EngineException problem)
        {
            _parts.Metrics.EngineUp.Set(0);
            await _parts.Loop.PostAsync(new ResidencyEvent.EngineLost(problem.Message), cancellation).ConfigureAwait(false);
            return false;
        }
        finally
        {
            _looking.Release();
        }
    }

    /// <summary>The engine's line for a model that was just loaded; null where it does not list it (yet).</summary>
    public async Task<LoadedModel?> FindLoadedAsync(ModelName model, CancellationToken cancellation)
    {
        try
        {
            var inventory = await _parts.Engine.ObserveAsync(cancellation).ConfigureAwait(false);
            _parts.Catalog.Update(inventory, UpstreamOf(_parts.Engine.Endpoint!), _parts.Engine.IsSimulated);
            var entry = inventory.Loaded.FirstOrDefault(l => _parts.Catalog.PrimaryOf(l.Name) == model);
            return entry is null ? null : new LoadedModel(model, entry.TotalBytes, entry.GpuBytes, entry.Context, false);
        }
        catch (EngineException)
        {
            return null;
        }
    }

    private Upstream UpstreamOf(EngineEndpoint endpoint)
    {
        if (_upstream is not { } known || known.Pool.Address != endpoint.BaseAddress)
        {
            // Requests under way keep their connections; those that rest have nobody left to serve.
            _upstream?.Pool.Dispose();
            _upstream = new Upstream(endpoint.HostHeader, new UpstreamPool(endpoint.BaseAddress, _parts.Clock.Time), true, _engineName, _parts.Settings.NodeName);
        }

        return _upstream;
    }

    /// <summary>The name that is loaded is the name to ask for: one with another context would make the engine reload. Where a load of ours ended
    /// since the question was asked, or is under way, that one knows better.</summary>
    private async Task NameAsync(LoadedModelEntry entry, TimeSpan asked, CancellationToken cancellation)
    {
        var model = _parts.Catalog.PrimaryOf(entry.Name);
        var record = _parts.Loop.Snapshot.Models.GetValueOrDefault(model);
        if (record?.State == ModelState.Loading || record?.ChangedAt > asked)
        {
            return;
        }

        var local = _parts.Loop.Model(model);
        local.Prepare(entry.Name, entry.EngineName);
        local.Held(entry.EngineName);
        var context = _parts.Settings.Policy.For(model).Context;
        var isDerived = !string.Equals(entry.EngineName, entry.Name.Value, StringComparison.Ordinal);
        foreach (var member in _parts.Catalog.MembersOf(model).Where(m => m.Name != entry.Name))
        {
            // Found after a restart of ours: the other names need the same context, or a request for one of them would reload it.
            if (!isDerived)
            {
                local.Prepare(member.Name, member.Name.Value);
            }
            else if (context > 0 && string.Equals(local.EngineNameOf(member.Name), member.Name.Value, StringComparison.Ordinal))
            {
                await PrepareAsync(local, member.Name, context, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task PrepareAsync(LocalModel local, ModelName member, int context, CancellationToken cancellation)
    {
        try
        {
            local.Prepare(member, await _parts.Engine.PrepareAsync(member, new LoadSettings(context, 1), cancellation).ConfigureAwait(false));
        }
        catch (EngineException problem) when (problem.Kind != LoadFailure.EngineDown)
        {
            _parts.Log.LogWarning("{Model} keeps its own context: {Problem}", member, problem.Message);
        }
    }

    private LoadedModel Attribute(LoadedModelEntry entry)
    {
        var model = _parts.Catalog.PrimaryOf(entry.Name);
        var local = _parts.Loop.Model(model);
        var before = _seen.TryGetValue(model, out var last) ? last : ((DateTimeOffset ExpiresAt, TimeSpan ReadAt)?)null;
        _seen[model] = (entry.ExpiresAt, _parts.Clock.Now);

        // A use of ours counts for the next reading too: the engine can show the former value for a moment.
        var usedByUs = local.Gate.Leases > 0 || local.Gate.LastUsed > before?.ReadAt - Pause;
        return new LoadedModel(model, entry.TotalBytes, entry.GpuBytes, entry.Context, ForeignUseDetector.UsedByOthers(before?.ExpiresAt, entry.ExpiresAt, usedByUs)) { IsOutdated = entry.IsOutdated };
    }

    private void Forget(EngineInventory inventory)
    {
        foreach (var gone in _seen.Keys.Except(inventory.Loaded.Select(l => _parts.Catalog.PrimaryOf(l.Name))).ToList())
        {
            _seen.Remove(gone);
        }
    }

    private async Task RenewAsync(EngineInventory inventory, CancellationToken cancellation)
    {
        var wall = _parts.Clock.Time.GetUtcNow();
        foreach (var entry in inventory.Loaded)
        {
            var model = _parts.Catalog.PrimaryOf(entry.Name);
            var record = _parts.Loop.Snapshot.Models.GetValueOrDefault(model);
            var local = _parts.Loop.Model(model);
            if (record?.State is not (ModelState.Hot or ModelState.Leased)
                || entry.ExpiresAt - wall > RenewBefore
                || (record.Replica!.Foreign && local.Gate.Served == 0 && !_parts.Settings.Policy.For(model).Pin))
            {
                continue;
            }

            // Held like a request while it is touched: an unload that began meanwhile would otherwise be undone by the touch.
            if (!local.Gate.TryHold())
            {
                continue;
            }

            try
            {
                await _parts.Engine.TouchAsync(local.EngineName, record.Installed?.IsEmbedder == true, cancellation).ConfigureAwait(false);
                _seen.Remove(model);
            }
            catch (EngineException problem)
            {
                _parts.Log.LogDebug("the timer of {Model} could not be renewed: {Problem}", model, problem.Message);
            }
            finally
            {
                if (local.Gate.ReleaseHold())
                {
                    _parts.Loop.LeaseReturned(model);
                }
            }
        }
    }
}
