using System.Globalization;
using Homelab.Domain.Models;

namespace Homelab.Apps.Manifests;

/// <summary>Finds what two manifests cannot both have: a name, a model, a fixed port. The first by file name has it.</summary>
internal sealed class AppCollisions
{
    private readonly Dictionary<string, string> _owners = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every manifest that stands back behind an earlier one, with the reason. What stands back claims nothing.</summary>
    public static IReadOnlyList<AppCollision> Find(IEnumerable<AppManifest> manifests)
    {
        var taken = new AppCollisions();
        return [.. from manifest in manifests.OrderBy(m => Path.GetFileName(m.Path), StringComparer.Ordinal)
                   let problem = taken.Claim(manifest)
                   where problem is not null
                   select new AppCollision(manifest.Path, problem)];
    }

    /// <summary>Takes what the manifest wants; or takes nothing where some of it is taken, and says which.</summary>
    public string? Claim(AppManifest manifest)
    {
        var file = Path.GetFileName(manifest.Path);
        var wanted = Wanted(manifest).ToList();
        foreach (var (key, what) in wanted)
        {
            if (_owners.TryGetValue(key, out var owner))
            {
                return $"{manifest.Path}: {what} is taken by {owner}; the first by file name has it, so this manifest is not used";
            }
        }

        wanted.ForEach(w => _owners.Add(w.Key, file));
        return null;
    }

    private static IEnumerable<(string Key, string What)> Wanted(AppManifest manifest)
    {
        yield return ("name/" + manifest.Name, $"name: '{manifest.Name}'");
        foreach (var model in manifest.Models)
        {
            yield return ("model/" + ModelName.Parse(model), $"models: '{ModelName.Parse(model)}'");
        }

        if (manifest.Port is { } port)
        {
            yield return ("port/" + port.ToString(CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"port: {port}"));
        }
    }
}
