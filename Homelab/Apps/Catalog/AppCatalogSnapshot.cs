using System.Collections.Immutable;
using Homelab.Apps.Manifests;

namespace Homelab.Apps.Catalog;

/// <summary>The apps that there are at one moment. Immutable.</summary>
/// <param name="Version">Grows with each change; 0 before the first look.</param>
/// <param name="Entries">By file name.</param>
/// <param name="Problems">What is wrong with the folder as such, for users.</param>
internal sealed record AppCatalogSnapshot(long Version, ImmutableArray<AppEntry> Entries, ImmutableArray<string> Problems)
{
    /// <summary>Before the first look.</summary>
    public static AppCatalogSnapshot Empty { get; } = new(0, [], []);

    /// <summary>What is in force, by file name.</summary>
    public IEnumerable<AppManifest> Manifests => Entries.Select(e => e.Manifest).OfType<AppManifest>();

    /// <summary>The entry of a name, with a manifest where one of that name has one; null where there is none.</summary>
    public AppEntry? Find(string name) =>
        Entries.FirstOrDefault(e => e.Name == name && e.Manifest is not null) ?? Entries.FirstOrDefault(e => e.Name == name);

    /// <summary>The manifest in force that serves a model.</summary>
    /// <param name="model">In any spelling.</param>
    public AppManifest? FindByModel(string model) => Manifests.FirstOrDefault(m => m.Serves(model));

    /// <summary>Whether both say the same, whatever their versions.</summary>
    public bool IsSameAs(AppCatalogSnapshot other) =>
        Entries.Length == other.Entries.Length
        && Entries.Zip(other.Entries).All(pair => pair.First.IsSameAs(pair.Second))
        && Problems.AsSpan().SequenceEqual(other.Problems.AsSpan());
}
