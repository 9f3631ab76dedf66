using System.Collections.Concurrent;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Engines.Ollama;

/// <summary>Ollama as this node's engine: started by us or found running, on this machine or another.</summary>
/// <param name="client">Of its API; disposed with the engine.</param>
/// <param name="supervisor">Of its process, disposed with the engine; null where the caller sees to that.</param>
/// <param name="allowCloud">Whether models that run on somebody else's machine are listed.</param>
/// <param name="time">Paces the wait for an unload.</param>
internal sealed class OllamaEngine(OllamaClient client, OllamaSupervisor? supervisor, bool allowCloud, TimeProvider time) : IInferenceEngine
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(1);

    private readonly DerivedModels _derived = new(client);
    private readonly RunnerIdentities _identities = new(client);
    private readonly ConcurrentDictionary<string, ModelName> _origins = new(StringComparer.Ordinal);
    private volatile EngineEndpoint? _endpoint;

    /// <summary><c>engines.ollama.manage: off</c>: whatever answers at the address is not used.</summary>
    public bool IsOff { get; init; }

    public string Name => "ollama";

    public bool IsSimulated => false;

    public EngineEndpoint? Endpoint => _endpoint;

    /// <summary>Where the one behind it would make room by itself, as far as there is no supervisor to know that.</summary>
    public EngineLimits Limits { get; init; } = EngineLimits.None;

    /// <summary>What <c>status</c> and <c>doctor</c> say about the process behind it; null where there is no supervisor.</summary>
    public OllamaSupervisorState? State => supervisor?.State;

    public async Task StartAsync(CancellationToken cancellation)
    {
        await (supervisor?.StartAsync(cancellation) ?? Task.CompletedTask);
        if (IsOff)
        {
            return;
        }

        try
        {
            await ReachAsync(cancellation);
            await _derived.SweepAsync(cancellation);
        }
        catch (EngineException)
        {
            // Not there yet; ObserveAsync says so whenever it is asked.
        }
    }

    public async Task<EngineInventory> ObserveAsync(CancellationToken cancellation)
    {
        if (IsOff)
        {
            throw Off();
        }

        var version = ReachAsync(cancellation);
        var tags = client.TagsAsync(cancellation);
        var running = client.RunningAsync(cancellation);
        await Task.WhenAll(version, tags, running);
        var inventory = OllamaInventoryReader.Read(await version, await tags, await running, allowCloud);
        var cloud = OllamaInventoryReader.Installed(await tags).Where(tag => tag.IsCloud).Select(tag => tag.Name).ToHashSet();
        return await _identities.AddToAsync(inventory with { Defaults = supervisor?.Defaults ?? EngineDefaults.Unknown, Limits = supervisor?.Limits ?? Limits }, cloud, cancellation);
    }

    public async Task<GgufFacts> InspectAsync(InstalledModel model, CancellationToken cancellation)
    {
        var show = await client.ShowAsync(model.Name.Value, verbose: false, cancellation);
        if (GgufFactsReader.NeedsVerbose(show))
        {
            show = await client.ShowAsync(model.Name.Value, verbose: true, cancellation);
        }

        return GgufFactsReader.Read(show, model);
    }

    /// <summary>Without a context of ours the model keeps its own name and no request ever names a context, so that Ollama's own choice holds on every path;
    /// with one, a derived model carries it.</summary>
    public async Task<string> PrepareAsync(ModelName model, LoadSettings settings, CancellationToken cancellation)
    {
        if (settings.Context <= 0)
        {
            return model.Value;
        }

        var name = await _derived.EnsureAsync(model, settings.Context, cancellation);
        _origins[name] = model;
        return name;
    }

    public Task LoadAsync(string engineModel, bool isEmbedder, CancellationToken cancellation) => client.LoadAsync(engineModel, isEmbedder, cancellation);

    /// <summary>Ollama lists a model until the last request on it has ended, whoever sent it; this waits for that without a limit of its own.
    /// The list can be behind or empty for a moment while another model loads, so one reading without the model is not believed.</summary>
    public async Task UnloadAsync(string engineModel, CancellationToken cancellation)
    {
        try
        {
            await client.UnloadAsync(engineModel, cancellation);
        }
        catch (EngineException exception) when (exception.Kind == LoadFailure.NotInstalled)
        {
            // Deleted while loaded: it is listed until its timer ends, and nothing can hasten that.
        }

        var absences = 0;
        for (var pause = FirstPoll; ; pause = pause < LongestPoll ? pause * 2 : LongestPoll)
        {
            absences = await IsListedAsync(engineModel, cancellation) ? 0 : absences + 1;
            if (absences == 2)
            {
                return;
            }

            await Task.Delay(absences > 0 ? FirstPoll : pause, time, cancellation);
        }
    }

    /// <summary>Touches only what is listed as loaded, because the same call would load anything else.</summary>
    public async Task TouchAsync(string engineModel, bool isEmbedder, CancellationToken cancellation)
    {
        if (await IsListedAsync(engineModel, cancellation))
        {
            await client.LoadAsync(engineModel, isEmbedder, cancellation);
        }
    }

    public IAsyncEnumerable<PullProgress> PullAsync(ModelName model, CancellationToken cancellation) => IsOff ? throw Off() : client.PullAsync(model.Value, cancellation);

    public async Task DeleteAsync(ModelName model, CancellationToken cancellation)
    {
        await _derived.DeleteOfAsync(model, cancellation);
        await client.DeleteAsync(model.Value, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await (supervisor?.DisposeAsync() ?? ValueTask.CompletedTask);
        _derived.Dispose();
        client.Dispose();
    }

    private static EngineException Off() => new(LoadFailure.EngineDown, "daemon.engines.ollama.manage is off");

    private async Task<string> ReachAsync(CancellationToken cancellation)
    {
        var version = await client.VersionAsync(cancellation);
        _endpoint ??= new EngineEndpoint(client.Transport.BaseAddress, client.Transport.HostHeader);
        return version;
    }

    // A model and those derived from it share one runner in Ollama (it goes by the weights), listed under the name that loaded it.
    private async Task<bool> IsListedAsync(string engineModel, CancellationToken cancellation)
    {
        var origin = ModelName.Parse(engineModel);
        origin = _origins.TryGetValue(engineModel, out var known) || DerivedModelName.TryRead(origin, [], out known, out _) ? known : origin;
        var running = OllamaInventoryReader.Read("", [], await client.RunningAsync(cancellation), allowCloud: true).Loaded;
        return running.Any(entry => entry.Name == origin || entry.EngineName == engineModel || _origins.GetValueOrDefault(entry.EngineName) == origin);
    }
}
