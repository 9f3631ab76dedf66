using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Persistence.Cluster;

namespace Homelab.Roles.Hub;

/// <summary>The hub's own names for models: those of its configuration, and those that administrators set while it runs, which are kept in the store. The
/// configuration goes first. Any thread.</summary>
internal sealed class ClusterAliases
{
    /// <summary>Names that may be set.</summary>
    public const int Most = 1000;

    /// <summary>Models that one name may stand for.</summary>
    public const int MostModels = 32;

    private readonly ImmutableSortedDictionary<string, ImmutableArray<ModelName>> _configured;
    private readonly IClusterStore _store;
    private readonly Lock _writing = new();
    private ImmutableSortedDictionary<string, ImmutableArray<ModelName>> _all;

    public ClusterAliases(ImmutableSortedDictionary<string, ImmutableArray<ModelName>> configured, IClusterStore store)
    {
        _configured = configured;
        _store = store;
        _all = configured;
        Reload();
    }

    /// <summary>From name, whatever its case, to the models it stands for in order of rank. Another object after every change.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<ModelName>> All => Volatile.Read(ref _all);

    public bool IsConfigured(string name) => _configured.ContainsKey(name);

    /// <summary>Sets a name; false where there are as many as may be.</summary>
    /// <exception cref="StateWriteException">The disk refused; nothing changed.</exception>
    public bool TrySet(string name, ImmutableArray<ModelName> models)
    {
        lock (_writing)
        {
            if (!_all.ContainsKey(name) && _all.Count - _configured.Count >= Most)
            {
                return false;
            }

            _store.Save(new StoredAlias(name, [.. models.Select(static m => m.Value)]));

            // Removed first: the new spelling is the one that is shown.
            Volatile.Write(ref _all, _all.Remove(name).SetItem(name, models));
            return true;
        }
    }

    /// <summary>Removes a name that was set; false where there is none.</summary>
    /// <exception cref="StateWriteException">The disk refused; the name is out of force all the same.</exception>
    public bool Remove(string name)
    {
        lock (_writing)
        {
            if (_configured.ContainsKey(name) || !_all.ContainsKey(name))
            {
                return false;
            }

            Volatile.Write(ref _all, _all.Remove(name));
            _store.DeleteAlias(name);
            return true;
        }
    }

    /// <summary>Takes in what the store has; what cannot be a model's name any more is left out.</summary>
    public void Reload()
    {
        lock (_writing)
        {
            var all = _configured.ToBuilder();
            foreach (var stored in _store.LoadAliases())
            {
                var models = stored.Of.Where(static m => ModelName.TryParse(m, out _)).Select(ModelName.Parse).ToImmutableArray();
                if (!models.IsEmpty)
                {
                    all.TryAdd(stored.Name, models);
                }
            }

            Volatile.Write(ref _all, all.ToImmutable());
        }
    }
}
