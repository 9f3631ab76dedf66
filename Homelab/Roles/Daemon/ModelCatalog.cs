using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Gateway;
using Homelab.Roles.Daemon.Apps;

namespace Homelab.Roles.Daemon;

/// <summary>Which names lead to which models of this machine. Written by the engine's observer, read by every request.</summary>
internal sealed class ModelCatalog
{
    private readonly DaemonSettings _settings;
    private readonly Func<ModelName, LocalModel> _local;
    private readonly Lock _writing = new();
    private RoutingSnapshot _routes = RoutingSnapshot.Empty;
    private Inventory _inventory = Inventory.Empty;
    private ImmutableHashSet<ModelName> _served = [];
    private ImmutableSortedDictionary<ModelName, AppRoute> _apps = ImmutableSortedDictionary<ModelName, AppRoute>.Empty;

    public ModelCatalog(DaemonSettings settings, Func<ModelName, LocalModel> local)
    {
        _settings = settings;
        _local = local;
    }

    /// <summary>The names in force.</summary>
    public RoutingSnapshot Routes => Volatile.Read(ref _routes);

    /// <summary>The engine's version as it reports itself; null before the first answer.</summary>
    public string? EngineVersion => Volatile.Read(ref _inventory).Engine?.Version;

    /// <summary>The model that a name of the engine belongs to: the primary one where several names share a replica.</summary>
    public ModelName PrimaryOf(ModelName name) => Volatile.Read(ref _inventory).Primary.GetValueOrDefault(name, name);

    /// <summary>All names that share the replica of a primary one, itself among them, in order.</summary>
    public ImmutableArray<InstalledModel> MembersOf(ModelName primary) => primary.IsApp
        ? Volatile.Read(ref _apps).GetValueOrDefault(primary)?.Members ?? []
        : Volatile.Read(ref _inventory).Members.GetValueOrDefault(primary, []);

    /// <summary>The apps that can be asked for, by name.</summary>
    public ImmutableSortedDictionary<ModelName, AppRoute> Apps => Volatile.Read(ref _apps);

    /// <summary>The models that apps serve: whatever else the engine has under such a name is not asked for by it.</summary>
    public ImmutableHashSet<ModelName> ServedByApps => Volatile.Read(ref _served);

    /// <summary>How the app that serves a model spells it; null where that is its canonical name, or no app does.</summary>
    public string? SpellingOf(ModelName model) => AppOfModel().TryGetValue(model, out var served) && served.Spelling != model.Value ? served.Spelling : null;

    /// <summary>Takes in which apps there are now. A model that a manifest names is that app's, whatever else is called so: somebody wrote it down.</summary>
    public void Update(IEnumerable<AppRoute> apps)
    {
        lock (_writing)
        {
            Volatile.Write(ref _apps, apps.ToImmutableSortedDictionary(a => a.App, a => a));
            Volatile.Write(ref _served, [.. _apps.Values.SelectMany(a => a.Models).Select(m => m.Name)]);
            foreach (var app in _apps.Values)
            {
                foreach (var (name, spelling) in app.Models)
                {
                    _local(app.App).Prepare(name, spelling);
                }
            }

            Volatile.Write(ref _routes, new RoutingSnapshot(_routes.Version + 1, _routes.Upstream, BuildRoutes(_inventory)));
        }
    }

    /// <summary>The engine's own entry of an installed model; null where it tells none.</summary>
    public JsonElement? EntryOf(ModelName name) =>
        Volatile.Read(ref _inventory).Engine?.Entries.TryGetValue(name, out var entry) == true && entry.ValueKind == JsonValueKind.Object ? entry : null;

    /// <summary>Takes in what the engine has now. Names for which the engine loads one and the same copy become one model: those with one digest, and
    /// those of the same weights that ask for the same settings. Of these the configured one is the primary, else the first by name.</summary>
    /// <returns>The models, one a copy.</returns>
    public ImmutableArray<InstalledModel> Update(EngineInventory engine, Upstream upstream, bool simulated)
    {
        lock (_writing)
        {
            var primary = ImmutableDictionary.CreateBuilder<ModelName, ModelName>();
            var models = ImmutableArray.CreateBuilder<InstalledModel>();
            var members = ImmutableDictionary.CreateBuilder<ModelName, ImmutableArray<InstalledModel>>();
            foreach (var group in engine.Installed.GroupBy(CopyOf, StringComparer.Ordinal))
            {
                var chosen = group.OrderByDescending(m => _settings.Policy.Models.ContainsKey(m.Name)).ThenBy(m => m.Name).First();
                models.Add(chosen);
                members[chosen.Name] = [.. group.OrderBy(m => m.Name)];
                foreach (var name in group)
                {
                    primary[name.Name] = chosen.Name;
                }
            }

            var inventory = new Inventory(engine, primary.ToImmutable(), members.ToImmutable(), simulated);
            if (!SameNames(_inventory, inventory) || _routes.Upstream != upstream)
            {
                Volatile.Write(ref _routes, new RoutingSnapshot(_routes.Version + 1, upstream, BuildRoutes(inventory)));
            }

            Volatile.Write(ref _inventory, inventory);
            return models.DrainToImmutable();
        }
    }

    /// <summary>What can be served now, with the state that the scheduler gives it.</summary>
    public IReadOnlyList<ServableModel> List(ResidencySnapshot snapshot)
    {
        var inventory = Volatile.Read(ref _inventory);
        var served = AppOfModel();
        var list = new List<ServableModel>();
        foreach (var model in inventory.Engine?.Installed ?? [])
        {
            if (!served.ContainsKey(model.Name))
            {
                list.Add(Entry(model.Name.Value, false, model.Name, snapshot, inventory));
            }
        }

        list.AddRange(served.Select(s => AppEntry(s.Value.Spelling, false, s.Key, s.Value.App, snapshot)));
        foreach (var (alias, targets) in _settings.Aliases)
        {
            var target = targets.FirstOrDefault(t => served.ContainsKey(t) || inventory.Primary.ContainsKey(t));
            if (served.TryGetValue(target, out var app))
            {
                list.Add(AppEntry(alias, true, target, app.App, snapshot));
            }
            else if (target.Value.Length > 0)
            {
                list.Add(Entry(alias, true, target, snapshot, inventory));
            }
        }

        return list;
    }

    /// <summary>The aliases that lead to a model.</summary>
    public IEnumerable<string> AliasesOf(ModelName model) =>
        _settings.Aliases.Where(a => a.Value.Contains(model)).Select(a => a.Key);

    /// <summary>Under a context of ours the model's own does not count.</summary>
    private string CopyOf(InstalledModel model) =>
        model.Runner is { } runner ? $"{runner.Weights}|{runner.Settings}|{(_settings.Policy.For(model.Name).Context is > 0 and var ours ? ours : runner.Context)}"
        : model.Digest.Length > 0 ? model.Digest
        : model.Name.Value;

    /// <summary>By model the app that serves it, and the name by which it does.</summary>
    private SortedDictionary<ModelName, (ModelName App, string Spelling)> AppOfModel()
    {
        var served = new SortedDictionary<ModelName, (ModelName, string)>();
        foreach (var app in Apps.Values)
        {
            foreach (var (name, spelling) in app.Models)
            {
                served.TryAdd(name, (app.App, spelling));
            }
        }

        return served;
    }

    private static ServableModel AppEntry(string name, bool isAlias, ModelName model, ModelName app, ResidencySnapshot snapshot) => new(
        name,
        isAlias,
        StateNames.Of(snapshot.Models.GetValueOrDefault(app)?.State ?? ModelState.OnDisk),
        DateTimeOffset.UnixEpoch,
        default,
        default,
        Simulated: false)
    {
        Target = isAlias ? model.Value : null,
        IsApp = true,
    };

    private static ServableModel Entry(string name, bool isAlias, ModelName model, ResidencySnapshot snapshot, Inventory inventory)
    {
        var engine = inventory.Engine!;
        var entry = engine.Entries.GetValueOrDefault(model);
        var created = entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("modified_at", out var modified) && modified.TryGetDateTimeOffset(out var at)
            ? at
            : DateTimeOffset.UnixEpoch;
        var record = snapshot.Models.GetValueOrDefault(inventory.Primary.GetValueOrDefault(model, model));
        return new ServableModel(
            name,
            isAlias,
            StateNames.Of(record?.State ?? ModelState.OnDisk),
            created,
            entry,
            isAlias || record?.Replica is null ? default : engine.LoadedEntries.GetValueOrDefault(model),
            inventory.Simulated)
        {
            Target = isAlias ? model.Value : null,
        };
    }

    private static bool SameNames(Inventory before, Inventory after) =>
        before.Primary.Count == after.Primary.Count && before.Primary.All(p => after.Primary.TryGetValue(p.Key, out var primary) && primary == p.Value);

    private FrozenDictionary<string, NamedRoute> BuildRoutes(Inventory inventory)
    {
        var routes = new Dictionary<string, NamedRoute>(StringComparer.OrdinalIgnoreCase);
        var served = AppOfModel();
        foreach (var (alias, targets) in _settings.Aliases)
        {
            var installed = targets.Where(t => served.ContainsKey(t) || inventory.Primary.ContainsKey(t))
                .Select(t => new RouteTarget(_local(served.TryGetValue(t, out var app) ? app.App : inventory.Primary[t]), t))
                .ToImmutableArray();
            if (installed.Length > 0)
            {
                routes[alias] = new NamedRoute(installed, true);
            }
        }

        foreach (var (name, primary) in inventory.Primary)
        {
            Add(routes, name, primary);
        }

        foreach (var (name, (app, _)) in served)
        {
            Add(routes, name, app);
        }

        foreach (var app in _apps.Keys)
        {
            Add(routes, app, app);
        }

        return routes.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private void Add(Dictionary<string, NamedRoute> routes, ModelName name, ModelName replica)
    {
        var route = new NamedRoute([new RouteTarget(_local(replica), name)], false);
        routes[name.Value] = route;
        if (name.Value.EndsWith(":latest", StringComparison.Ordinal))
        {
            routes[name.Value[..^":latest".Length]] = route;
        }
    }

    /// <summary>What the engine had, and which names are one model.</summary>
    private sealed record Inventory(
        EngineInventory? Engine,
        ImmutableDictionary<ModelName, ModelName> Primary,
        ImmutableDictionary<ModelName, ImmutableArray<InstalledModel>> Members,
        bool Simulated)
    {
        public static Inventory Empty { get; } =
            new(null, ImmutableDictionary<ModelName, ModelName>.Empty, ImmutableDictionary<ModelName, ImmutableArray<InstalledModel>>.Empty, false);
    }
}
