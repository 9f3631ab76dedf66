using System.Collections.Concurrent;
using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Engines.Ollama;

/// <summary>Finds out which models are made of the same weights. Ollama's lists do not say it: their digests are of manifests. Only models whose
/// listed details are equal can be, so most are never asked for; the answer for a digest is asked for once.</summary>
internal sealed class RunnerIdentities(OllamaClient client)
{
    private const string Blob = "sha256-";

    private readonly ConcurrentDictionary<string, RunnerIdentity?> _known = new(StringComparer.Ordinal);

    /// <summary>The same inventory with <see cref="InstalledModel.Runner"/> filled in where two models may be of the same weights. Loads nothing.</summary>
    /// <param name="inventory">As the engine lists it.</param>
    /// <param name="cloud">Models that have no weights here; asking to show one would ask somebody else's machine.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<EngineInventory> AddToAsync(EngineInventory inventory, IReadOnlySet<ModelName> cloud, CancellationToken cancellation)
    {
        foreach (var gone in _known.Keys.Except(inventory.Installed.Select(m => m.Digest)).ToList())
        {
            _known.TryRemove(gone, out _);
        }

        var alike = inventory.Installed.Where(m => m.Digest.Length > 0 && !cloud.Contains(m.Name)).GroupBy(m => Details(inventory.Entries[m.Name]))
            .Where(group => group.Key.Length > 0 && group.DistinctBy(m => m.Digest).Skip(1).Any()).SelectMany(group => group);
        var installed = inventory.Installed;
        foreach (var model in alike)
        {
            installed = installed.Replace(model, model with { Runner = await OfAsync(model, cancellation) });
        }

        return inventory with { Installed = installed };
    }

    /// <summary>Reads it out of a Modelfile, whose first lines name the files that are loaded. Null where no weights file is named.</summary>
    public static RunnerIdentity? Read(ShowMetadata show)
    {
        // Only these: further down stand the texts of the model's author, which may look like anything.
        var files = (show.Modelfile ?? "").Split('\n', StringSplitOptions.TrimEntries)
            .SkipWhile(line => line.Length == 0 || line[0] == '#')
            .TakeWhile(line => line.StartsWith("FROM ", StringComparison.Ordinal) || line.StartsWith("ADAPTER ", StringComparison.Ordinal) || line.StartsWith("DRAFT ", StringComparison.Ordinal))
            .ToList();
        var blob = files.Count == 0 ? -1 : files[0].LastIndexOf(Blob, StringComparison.Ordinal);
        return blob < 0
            ? null
            : new RunnerIdentity(files[0][(blob + Blob.Length)..], string.Join(';', files.Skip(1).Append(ModelParameters.OfRunner(show.Parameters))), ModelParameters.Context(show.Parameters));
    }

    private async Task<RunnerIdentity?> OfAsync(InstalledModel model, CancellationToken cancellation)
    {
        if (!_known.TryGetValue(model.Digest, out var identity))
        {
            try
            {
                identity = Read(await client.ShowAsync(model.Name.Value, verbose: false, cancellation));
            }
            catch (EngineException exception) when (exception.Kind != LoadFailure.EngineDown)
            {
                // A model that cannot be shown cannot be loaded either.
                identity = null;
            }

            _known[model.Digest] = identity;
        }

        return identity;
    }

    private static string Details(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Object
            ? string.Join('|', ((string[])["family", "parameter_size", "quantization_level"]).Select(key => details.TryGetProperty(key, out var value) ? value.ToString() : ""))
            : "";
}
