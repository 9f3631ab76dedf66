using System.Collections.Immutable;
using Homelab.Configuration;

namespace Homelab.Apps.Manifests;

/// <summary>What came of reading one manifest: it, or what is wrong with it.</summary>
/// <param name="Manifest">Null where there are problems.</param>
/// <param name="Problems">All that were found, in the order of the file.</param>
/// <param name="MayBeHalfWritten">Whether the problems are of the kind that a file has while an editor is still writing it.</param>
internal sealed record AppManifestReading(AppManifest? Manifest, ImmutableArray<ConfigurationProblem> Problems, bool MayBeHalfWritten)
{
    /// <summary>One problem of the file as such.</summary>
    public static AppManifestReading Failed(string path, string message) => new(null, [new ConfigurationProblem(path, 0, 0, "", message)], false);
}
