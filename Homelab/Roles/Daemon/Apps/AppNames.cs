using System.Collections.Immutable;
using Homelab.Apps.Manifests;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon.Apps;

/// <summary>Manifests as the scheduler and the routes know them.</summary>
internal static class AppNames
{
    /// <summary>Requests that one app is taken to serve at once: no bound that anybody meets, and a figure that hubs take.</summary>
    private const int AtOnce = 10_000;

    public static AppRoute RouteOf(AppManifest manifest) =>
        new(ModelName.OfApp(manifest.Name), manifest.Hash, [.. manifest.Models.Select(m => new AppModel(ModelName.Parse(m), m))]);

    /// <param name="manifest">Checked.</param>
    /// <param name="expected">How long its start should take.</param>
    public static InstalledModel InstalledOf(AppManifest manifest, TimeSpan expected) =>
        new(ModelName.OfApp(manifest.Name), manifest.Hash, ByteSize.Zero, []) { App = new AppTerms(manifest.Vram, manifest.Ram, expected) };

    /// <summary>An app takes any number of requests at once, which it knows best itself. Whether it is pinned or protected the configuration says, under its name <c>apps/NAME</c>.</summary>
    public static ImmutableDictionary<ModelName, ModelPolicy> PoliciesOf(IEnumerable<AppManifest> manifests, ResidencyPolicy configured) => manifests.ToImmutableDictionary(
        m => ModelName.OfApp(m.Name),
        m => configured.Models.TryGetValue(ModelName.OfApp(m.Name), out var own)
            ? own with { IdleUnload = m.IdleTimeout, Context = 0, Parallel = AtOnce }
            : new ModelPolicy(false, false, m.IdleTimeout, 0, AtOnce));
}
