using Homelab.Domain.Models;

namespace Homelab.Roles.Daemon;

/// <summary>Requests that one hub sends straight to this machine's exposed engine, as far as it tells of them: each keeps its replica from being evicted.
/// The hub repeats the whole count with every reply, so that one which was lost costs nothing; one that stays silent holds nothing for long. Any thread.</summary>
internal sealed class ExternalLeases : IDisposable
{
    /// <summary>After so long without a word nothing is held any more.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>More than any engine serves at once.</summary>
    private const int Most = 1024;

    private readonly ModelCatalog _catalog;
    private readonly ResidencyLoop _loop;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<ModelName, int> _held = [];
    private readonly ITimer _expiry;
    private long _toldAt;

    public ExternalLeases(ModelCatalog catalog, ResidencyLoop loop, TimeProvider time)
    {
        _catalog = catalog;
        _loop = loop;
        _time = time;
        _expiry = time.CreateTimer(static state => ((ExternalLeases)state!).Expire(), this, Lifetime / 12, Lifetime / 12);
    }

    /// <summary>What the hub says now; a model that it does not name is used no longer. A replica that is on its way out cannot be held; the next word tries again.</summary>
    public void Set(IEnumerable<(ModelName Model, int Count)> leases)
    {
        lock (_lock)
        {
            _toldAt = _time.GetTimestamp();
            var wanted = new Dictionary<ModelName, int>();
            foreach (var (model, count) in leases)
            {
                var primary = _catalog.PrimaryOf(model);
                wanted[primary] = Math.Min(Most, wanted.GetValueOrDefault(primary) + Math.Clamp(count, 0, Most));
            }

            foreach (var model in _held.Keys.Union(wanted.Keys).ToList())
            {
                Hold(model, wanted.GetValueOrDefault(model));
            }
        }
    }

    public void Dispose()
    {
        _expiry.Dispose();
        Set([]);
    }

    private void Expire()
    {
        lock (_lock)
        {
            if (_held.Count > 0 && _time.GetElapsedTime(_toldAt) >= Lifetime)
            {
                foreach (var model in _held.Keys.ToList())
                {
                    Hold(model, 0);
                }
            }
        }
    }

    private void Hold(ModelName model, int wanted)
    {
        var gate = _loop.Model(model).Gate;
        var held = _held.GetValueOrDefault(model);
        while (held < wanted && gate.TryHold())
        {
            held++;
        }

        var returned = held > wanted;
        var mustTell = false;
        for (; held > wanted; held--)
        {
            mustTell |= gate.Release();
        }

        if (held == 0)
        {
            _held.Remove(model);
        }
        else
        {
            _held[model] = held;
        }

        if (returned && (mustTell || _loop.SomebodyWaits))
        {
            _loop.LeaseReturned(model);
        }
    }
}
