using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>Which names lead where, seen from this machine: its own first, then what the cluster has elsewhere.</summary>
/// <param name="catalog">This machine's.</param>
/// <param name="hub">Null where no hub is configured.</param>
/// <param name="time">Shown where clients want to know until when something stays loaded.</param>
internal sealed class ClusterView(ModelCatalog catalog, IHubDelegate? hub, TimeProvider time)
{
    /// <summary>The local route of a name. A name that only the hub knows may stand for a model that is here.</summary>
    public NamedRoute? Find(string name) =>
        catalog.Routes.Routes.TryGetValue(name, out var route) ? route
        : hub?.Models.Find(name) is { } listed && catalog.Routes.Routes.TryGetValue(listed.Name, out route) ? route with { IsAlias = true }
        : null;

    /// <summary>Whether a name that is not here may be downloaded: not where the cluster has it.</summary>
    public bool MayPull(string name) => hub is null || (hub.Models.IsKnown && hub.Models.Find(name) is null);

    /// <summary>What the principal may use: this machine's models, then the cluster's that are not here, while the hub can be asked for them.</summary>
    /// <param name="local">This machine's.</param>
    /// <param name="principal">Who asks.</param>
    public IReadOnlyList<ServableModel> List(IReadOnlyList<ServableModel> local, Principal principal)
    {
        var isScoped = !principal.Models.IsEmpty;
        if (!isScoped && hub is not { State: HubState.Connected })
        {
            return local;
        }

        List<ServableModel> list = isScoped ? [.. local.Where(m => principal.MayUse(m.Target ?? m.Name))] : [.. local];
        if (hub is { State: HubState.Connected, Models: var cluster })
        {
            for (var i = 0; i < list.Count; i++)
            {
                // On disk here and in memory elsewhere: for whoever asks this machine it is loaded.
                if (list[i] is { IsAlias: false, LoadedEntry.ValueKind: JsonValueKind.Undefined } own && cluster.Find(own.Name) is { IsHotElsewhere: true } hot && hot.Name == own.Name)
                {
                    list[i] = own with { LoadedEntry = Loaded(hot, own.EngineEntry) };
                }
            }

            list.AddRange(cluster.All.Where(m => m.IsElsewhere && !IsApp(m.Name) && principal.MayUse(m.Name) && Find(m.Name) is null).Select(m => Entry(m.ListedAs, m, isAlias: false)));
            list.AddRange(cluster.Aliases.Where(a => principal.MayUse(a.Model.Name) && !catalog.Routes.Routes.ContainsKey(a.Alias)).Select(a => Entry(a.Alias, a.Model, isAlias: true)));
        }

        return list;
    }

    /// <summary>The canonical name of what is not here, as far as anybody knows it.</summary>
    public string CanonicalOf(string name) => hub?.Models.Find(name)?.Name ?? (ModelName.TryParse(name, out var parsed) ? parsed.Value : name);

    private static bool IsApp(string name) => ModelName.TryParse(name, out var parsed) && parsed.IsApp;

    private JsonElement Loaded(ClusterModel model, JsonElement entry) => LoadedEntry.Of(entry, model.Name, model.HotBytes, model.Context, time.GetUtcNow());

    private ServableModel Entry(string name, ClusterModel model, bool isAlias) =>
        new(name, isAlias, model.State, DateTimeOffset.UnixEpoch, default, isAlias || !model.IsHotElsewhere ? default : Loaded(model, default), model.Simulated) { SizeBytes = isAlias ? 0 : model.SizeBytes, Target = model.Name, IsApp = model.IsApp };
}
