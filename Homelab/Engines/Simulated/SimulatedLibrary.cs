using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Engines.Simulated;

/// <summary>The models on the simulated disk, and those that a pull finds. Safe for use by several threads.</summary>
internal sealed class SimulatedLibrary
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ModelName, SimulatedModel> _installed = [];
    private readonly Dictionary<ModelName, SimulatedModel> _catalogue = [];
    private readonly HashSet<string> _blobs = [];
    private readonly TimeProvider _time;

    public SimulatedLibrary(SimulatedSettings settings, TimeProvider time)
    {
        _time = time;
        foreach (var model in settings.Models)
        {
            Add(model with { ModifiedAt = model.ModifiedAt == DateTimeOffset.UnixEpoch ? time.GetUtcNow() : model.ModifiedAt });
        }

        foreach (var model in settings.Catalogue)
        {
            _catalogue[ModelName.Parse(model.Name)] = model;
        }
    }

    /// <summary>Newest first, as Ollama lists them.</summary>
    public ImmutableArray<SimulatedModel> List()
    {
        lock (_gate)
        {
            return [.. _installed.Values.OrderByDescending(m => m.ModifiedAt).ThenBy(m => m.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>By any spelling that Ollama accepts: without the tag, in other case.</summary>
    public SimulatedModel? Find(string name)
    {
        lock (_gate)
        {
            return ModelName.TryParse(name, out var key) ? _installed.GetValueOrDefault(key) : null;
        }
    }

    /// <summary>What a pull of this name would bring; null: the registry has none.</summary>
    public SimulatedModel? FindInCatalogue(string name)
    {
        lock (_gate)
        {
            return ModelName.TryParse(name, out var key) ? _catalogue.GetValueOrDefault(key) : null;
        }
    }

    /// <summary>Adds or replaces.</summary>
    public void Add(SimulatedModel model)
    {
        lock (_gate)
        {
            _installed[ModelName.Parse(model.Name)] = model;
            _blobs.Add(model.Blob);
        }
    }

    /// <summary>Puts a model where pulls find it.</summary>
    public void AddToCatalogue(SimulatedModel model)
    {
        lock (_gate)
        {
            _catalogue[ModelName.Parse(model.Name)] = model;
        }
    }

    /// <summary>Adds it as of now.</summary>
    public void Install(SimulatedModel model) => Add(model with { ModifiedAt = _time.GetUtcNow() });

    public bool Remove(string name)
    {
        lock (_gate)
        {
            return ModelName.TryParse(name, out var key) && _installed.Remove(key);
        }
    }

    public bool HasBlob(string digest)
    {
        lock (_gate)
        {
            return _blobs.Contains(digest);
        }
    }

    public void AddBlob(string digest)
    {
        lock (_gate)
        {
            _blobs.Add(digest);
        }
    }
}
