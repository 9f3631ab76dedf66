using System.Collections.Frozen;
using System.Collections.Immutable;
using Homelab.Contracts;
using Homelab.Domain.Models;

namespace Homelab.Roles.Daemon;

/// <summary>The cluster's models as its hub last told them, by every name that the hub takes for them. Immutable.</summary>
internal sealed class ClusterModels
{
    private readonly FrozenDictionary<string, ClusterModel> _byName;

    private ClusterModels(bool isKnown, ImmutableArray<ClusterModel> models, ImmutableArray<(string Alias, ClusterModel Model)> aliases)
    {
        IsKnown = isKnown;
        All = models;
        Aliases = aliases;
        var names = new Dictionary<string, ClusterModel>(StringComparer.OrdinalIgnoreCase);
        foreach (var (alias, model) in aliases)
        {
            names.TryAdd(alias, model);
        }

        foreach (var model in models)
        {
            names[model.Name] = model;
        }

        _byName = names.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Nothing was told yet: any model may be there.</summary>
    public static ClusterModels Unknown { get; } = new(false, [], []);

    /// <summary>Whether the hub has told them.</summary>
    public bool IsKnown { get; }

    /// <summary>In order of name.</summary>
    public ImmutableArray<ClusterModel> All { get; }

    /// <summary>Other names that the hub takes.</summary>
    public ImmutableArray<(string Alias, ClusterModel Model)> Aliases { get; }

    /// <param name="models">The answer to GET <c>/homelab/v1/models</c>.</param>
    /// <param name="nodeId">This machine's, to tell what is elsewhere.</param>
    public static ClusterModels From(IEnumerable<ModelWire> models, string nodeId)
    {
        var all = ImmutableArray.CreateBuilder<ClusterModel>();
        var aliases = ImmutableArray.CreateBuilder<(string, ClusterModel)>();
        foreach (var wire in models.OrderBy(m => m.Name, StringComparer.Ordinal))
        {
            var others = wire.Nodes.Where(n => n.Id != nodeId).ToList();
            var model = new ClusterModel(wire.Name, wire.State, wire.SizeBytes, others.Count > 0, others.Exists(n => n.State == "hot"), wire.Simulated)
            {
                HotBytes = others.Where(n => n.State == "hot").Select(n => n.Bytes).DefaultIfEmpty(0).Max(),
                Context = wire.Context,
                IsApp = wire.App == true,
                ListedAs = wire.Spelling ?? wire.Name,
            };
            all.Add(model);
            aliases.AddRange(wire.Aliases.Select(alias => (alias, model)));
        }

        return new ClusterModels(true, all.ToImmutable(), aliases.ToImmutable());
    }

    /// <summary>What a name means to the hub; null where it knows none such.</summary>
    public ClusterModel? Find(string name) =>
        _byName.TryGetValue(name, out var model) || (ModelName.TryParse(name, out var canonical) && _byName.TryGetValue(canonical.Value, out model)) ? model : null;
}
