using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Residency;
using Homelab.Gateway;

namespace Homelab.Roles.Hub;

/// <summary>The names of the cluster: its models, the hub's own aliases, and those of the nodes'. Made anew when the cluster's list of models
/// changed and somebody asks, at most a few times a second. Safe from any thread.</summary>
internal sealed class ClusterCatalog
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(200);

    private readonly ClusterAliases _aliases;
    private readonly Func<ClusterSnapshot> _snapshot;
    private readonly TimeProvider _time;
    private readonly Lock _making = new();
    private State _state = State.Empty;

    /// <param name="aliases">The hub's own go before a node's.</param>
    /// <param name="snapshot">The latest.</param>
    /// <param name="time">Bounds how often it is made.</param>
    public ClusterCatalog(ClusterAliases aliases, Func<ClusterSnapshot> snapshot, TimeProvider time)
    {
        _aliases = aliases;
        _snapshot = snapshot;
        _time = time;
    }

    /// <summary>The models as they stand now, in order of name: nodes read them when they are told that they changed, and not again.</summary>
    public ImmutableArray<ClusterModelEntry> Models => Current(mayBeOld: false).Models;

    /// <summary>The models that a name stands for, in order of rank; empty where it is no name at all.</summary>
    public ImmutableArray<ModelName> Names(string asked)
    {
        if (_aliases.All.TryGetValue(asked, out var ranked))
        {
            return ranked;
        }

        // A model's own name goes before what some node calls another model, and needs no list.
        var isName = ModelName.TryParse(asked, out var name);
        var state = Volatile.Read(ref _state);
        if (isName && state.ByName.ContainsKey(name))
        {
            return [name];
        }

        state = Current();
        return isName && state.ByName.ContainsKey(name) ? [name]
            : state.Aliases.TryGetValue(asked, out var target) ? [target]
            : isName ? [name]
            : [];
    }

    /// <summary>The same as far as a caller may use them; a refusal where there are some and none is for it.</summary>
    public (ImmutableArray<ModelName> Names, Refusal? Denied) NamesFor(Principal principal, string asked)
    {
        var names = Names(asked);
        if (principal.Models.IsEmpty)
        {
            return (names, null);
        }

        var allowed = names.RemoveAll(n => !principal.MayUse(n.Value));
        return (allowed, allowed.IsEmpty && !names.IsEmpty ? Refusals.NotPermitted(principal.Name, asked) : null);
    }

    /// <summary>What a principal may use, as the client surface lists it.</summary>
    public IReadOnlyList<ServableModel> List(Principal principal)
    {
        var state = Current();
        var own = _aliases.All;
        var list = new List<ServableModel>();
        foreach (var model in state.Models.Where(m => !m.Name.IsApp && principal.MayUse(m.Name.Value)))
        {
            list.Add(Servable(model.ListedAs, false, model));
        }

        foreach (var (alias, targets) in own)
        {
            if (targets.Select(t => state.ByName.GetValueOrDefault(t)).FirstOrDefault(m => m is not null && principal.MayUse(m.Name.Value)) is { } model)
            {
                list.Add(Servable(alias, true, model));
            }
        }

        foreach (var (alias, target) in state.Aliases.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            if (!own.ContainsKey(alias) && state.ByName.GetValueOrDefault(target) is { } model && principal.MayUse(model.Name.Value))
            {
                list.Add(Servable(alias, true, model));
            }
        }

        return list;
    }

    private ServableModel Servable(string name, bool isAlias, ClusterModelEntry model) => new(
        name,
        isAlias,
        model.State,
        CreatedAt(model.EngineEntry),
        isAlias ? default : model.EngineEntry,
        isAlias || model.Hot is not { } hot ? default : LoadedEntry.Of(model.EngineEntry, model.Name.Value, hot.Bytes.Bytes, hot.Context, _time.GetUtcNow()),
        model.Simulated)
    {
        SizeBytes = model.SizeBytes,
        IsApp = model.IsApp,
    };

    private static DateTimeOffset CreatedAt(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("modified_at", out var modified) && modified.TryGetDateTimeOffset(out var at) ? at : DateTimeOffset.UnixEpoch;

    /// <summary>Nodes that are silent keep their place in the list until they are lost: a list that flickers makes pickers forget choices.</summary>
    private static bool Counts(NodeSnapshot node) => node.Liveness is Liveness.Live or Liveness.Suspect;

    private State Current(bool mayBeOld = true)
    {
        var snapshot = _snapshot();
        var state = Volatile.Read(ref _state);
        if (state.Version == snapshot.ModelsVersion || (mayBeOld && _time.GetElapsedTime(state.MadeAt) < Fresh))
        {
            return state;
        }

        lock (_making)
        {
            state = Volatile.Read(ref _state);
            if (state.Version != snapshot.ModelsVersion)
            {
                state = Make(snapshot);
                Volatile.Write(ref _state, state);
            }

            return state;
        }
    }

    private State Make(ClusterSnapshot snapshot)
    {
        var nodes = new Dictionary<ModelName, List<NodeSnapshot>>();
        var aliases = new Dictionary<string, ModelName>(StringComparer.OrdinalIgnoreCase);
        foreach (var node in snapshot.Nodes.Where(Counts).OrderBy(static n => n.Name, StringComparer.Ordinal))
        {
            foreach (var model in node.Inventory.Models.Values)
            {
                Of(nodes, model.Name).Add(node);
                foreach (var alias in model.Aliases)
                {
                    aliases.TryAdd(alias, model.Name);
                }
            }

            foreach (var replica in node.Replicas.Where(r => !node.Inventory.Models.ContainsKey(r.Model)))
            {
                Of(nodes, replica.Model).Add(node);
            }
        }

        // What is some model's own name leads to that model, whatever a node calls another one.
        foreach (var shadowed in aliases.Keys.Where(a => ModelName.TryParse(a, out var name) && nodes.ContainsKey(name)).ToList())
        {
            aliases.Remove(shadowed);
        }

        var byModel = aliases.Concat(_aliases.All.SelectMany(a => a.Value.Select(t => KeyValuePair.Create(a.Key, t)))).ToLookup(a => a.Value, a => a.Key);
        var models = nodes.OrderBy(n => n.Key).Select(n => new ClusterModelEntry(n.Key, [.. n.Value], [.. byModel[n.Key].Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal)]) { EngineEntry = Entry(n.Key, n.Value) }).ToImmutableArray();
        return new State(snapshot.ModelsVersion, _time.GetTimestamp(), models, models.ToFrozenDictionary(m => m.Name), aliases.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));
    }

    private static List<NodeSnapshot> Of(Dictionary<ModelName, List<NodeSnapshot>> nodes, ModelName model)
    {
        if (!nodes.TryGetValue(model, out var list))
        {
            nodes[model] = list = [];
        }

        return list;
    }

    private static JsonElement Entry(ModelName model, List<NodeSnapshot> nodes)
    {
        foreach (var node in nodes)
        {
            if (node.Inventory.Models.GetValueOrDefault(model) is { EngineEntry.Length: > 0 } installed)
            {
                using var document = JsonDocument.Parse(installed.EngineEntry);
                return document.RootElement.Clone();
            }
        }

        return default;
    }

    /// <summary>The catalog of one list of models.</summary>
    private sealed record State(long Version, long MadeAt, ImmutableArray<ClusterModelEntry> Models, FrozenDictionary<ModelName, ClusterModelEntry> ByName, FrozenDictionary<string, ModelName> Aliases)
    {
        public static State Empty { get; } = new(-1, 0, [], FrozenDictionary<ModelName, ClusterModelEntry>.Empty, FrozenDictionary<string, ModelName>.Empty);
    }
}
