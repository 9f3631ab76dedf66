using System.Collections.Immutable;
using Homelab.Apps.Manifests;

namespace Homelab.Apps.Catalog;

/// <summary>One file of the folder of manifests.</summary>
/// <param name="Name">The file's name without its ending, made printable. Two entries have one name only where the second is not used.</param>
/// <param name="Path">The file.</param>
/// <param name="Manifest">What is in force: the file as it is now, or as it last was when it was right; null where it never was, or another has what it wants.</param>
/// <param name="Problems">What is wrong with the file as it is now, each with its place; empty when it is fine.</param>
internal sealed record AppEntry(string Name, string Path, AppManifest? Manifest, ImmutableArray<string> Problems)
{
    /// <summary>Whether both say the same.</summary>
    public bool IsSameAs(AppEntry other) =>
        Path == other.Path && Manifest?.Hash == other.Manifest?.Hash && Problems.AsSpan().SequenceEqual(other.Problems.AsSpan());
}
