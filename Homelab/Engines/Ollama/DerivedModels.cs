using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Engines.Ollama;

/// <summary>Makes and tidies the models that carry a context of their own. Ollama keeps a loaded model only for requests that ask for the same context, and
/// <c>/v1</c> cannot ask for one (server/sched.go, <c>needsReload</c>); a model whose own parameters hold the context asks for it on every path.</summary>
internal sealed class DerivedModels(OllamaClient client) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>The name of the model with this context, created where it is missing; stale ones of the same base go.</summary>
    public async Task<string> EnsureAsync(ModelName origin, int context, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var tags = OllamaInventoryReader.Installed(await client.TagsAsync(cancellation)).ToList();

            // Never without this check: Ollama downloads a source that it does not have.
            var source = tags.Find(tag => tag.Name == origin && !tag.IsCloud)
                ?? throw new EngineException(LoadFailure.NotInstalled, $"model '{origin}' is not installed");
            var derived = NameOf(source, context);
            if (!tags.Exists(tag => tag.Name == derived))
            {
                await client.CreateAsync(derived.Value, origin.Value, context, cancellation);
            }

            await RemoveAsync(Stale(tags), cancellation);
            return derived.Value;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Deletes those whose base is gone or has changed: they would keep its weights on disk.</summary>
    public async Task SweepAsync(CancellationToken cancellation) =>
        await RemoveAsync(Stale([.. OllamaInventoryReader.Installed(await client.TagsAsync(cancellation))]), cancellation);

    /// <summary>Deletes all that derive from a model.</summary>
    public async Task DeleteOfAsync(ModelName origin, CancellationToken cancellation)
    {
        var tags = OllamaInventoryReader.Installed(await client.TagsAsync(cancellation)).ToList();
        var names = tags.ConvertAll(tag => tag.Name);
        await RemoveAsync(names.Where(name => DerivedModelName.TryRead(name, names, out var from, out _) && from == origin), cancellation);
    }

    public void Dispose() => _turn.Dispose();

    private static ModelName NameOf(OllamaTag source, int context)
    {
        try
        {
            return DerivedModelName.Of(source.Name, source.Digest, context);
        }
        catch (FormatException exception)
        {
            throw OllamaErrors.Garbage("GET /api/tags", $"model '{source.Name}' has no digest", exception);
        }
    }

    private static IEnumerable<ModelName> Stale(List<OllamaTag> tags)
    {
        var names = tags.ConvertAll(tag => tag.Name);
        foreach (var name in names.Where(DerivedModelName.IsDerived))
        {
            var current = DerivedModelName.TryRead(name, names, out var origin, out var digest)
                && tags.Exists(tag => tag.Name == origin && DerivedModelName.IsDigest(tag.Digest, digest));
            if (!current)
            {
                yield return name;
            }
        }
    }

    private async Task RemoveAsync(IEnumerable<ModelName> names, CancellationToken cancellation)
    {
        foreach (var name in names)
        {
            try
            {
                await client.DeleteAsync(name.Value, cancellation);
            }
            catch (EngineException exception) when (exception.Kind is LoadFailure.NotInstalled or LoadFailure.Engine)
            {
                // Somebody else was faster, or it is tried again at the next change.
            }
        }
    }
}
