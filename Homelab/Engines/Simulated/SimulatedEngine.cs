using System.Collections.Immutable;
using Homelab.Configuration;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines.Ollama;

namespace Homelab.Engines.Simulated;

/// <summary>The simulation as this node's engine: a server in this process, and the same client before it that a real Ollama gets.</summary>
internal sealed class SimulatedEngine(SimulatedConfig config, TimeProvider time) : IInferenceEngine
{
    /// <summary>The name of its one device.</summary>
    public const string Device = "sim0";

    private readonly SimulatedSettings _settings = SimulatedSettings.From(config);
    private readonly SimulatedOllama _server = new(SimulatedSettings.From(config), time);
    private readonly SemaphoreSlim _starting = new(1, 1);
    private OllamaEngine? _engine;

    public string Name => "simulated";

    public bool IsSimulated => true;

    public EngineEndpoint? Endpoint => _engine?.Endpoint;

    /// <summary>Its device, as far as its memory is free now.</summary>
    public ImmutableArray<DeviceReading> ReadDevices() =>
        [new DeviceReading(Device, DeviceKind.Cuda, _settings.Memory, new ByteSize(_server.State.Scheduler.FreeBytes))];

    /// <exception cref="EngineException">Its server cannot listen on loopback.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _starting.WaitAsync(cancellation);
        try
        {
            if (_engine is not null)
            {
                return;
            }

            await _server.StartAsync(cancellation);
            var client = new OllamaClient(new OllamaTransport(_server.Address, time));
            var engine = new OllamaEngine(client, supervisor: null, allowCloud: false, time);
            await engine.StartAsync(cancellation);
            _engine = engine;
        }
        catch (IOException e)
        {
            throw new EngineException(LoadFailure.EngineDown, $"the simulated engine cannot listen on loopback: {e.Message}", e);
        }
        finally
        {
            _starting.Release();
        }
    }

    public async Task<EngineInventory> ObserveAsync(CancellationToken cancellation) =>
        await Started.ObserveAsync(cancellation) with { Defaults = new EngineDefaults(_settings.DefaultContext, _settings.Parallel), Limits = new EngineLimits(_settings.MaximumLoaded > 0 ? _settings.MaximumLoaded : null, null, NeedsHeadroom: false) };

    public Task<GgufFacts> InspectAsync(InstalledModel model, CancellationToken cancellation) => Started.InspectAsync(model, cancellation);

    public Task<string> PrepareAsync(ModelName model, LoadSettings settings, CancellationToken cancellation) => Started.PrepareAsync(model, settings, cancellation);

    public Task LoadAsync(string engineModel, bool isEmbedder, CancellationToken cancellation) => Started.LoadAsync(engineModel, isEmbedder, cancellation);

    public Task UnloadAsync(string engineModel, CancellationToken cancellation) => Started.UnloadAsync(engineModel, cancellation);

    public Task TouchAsync(string engineModel, bool isEmbedder, CancellationToken cancellation) => Started.TouchAsync(engineModel, isEmbedder, cancellation);

    public IAsyncEnumerable<PullProgress> PullAsync(ModelName model, CancellationToken cancellation) => Started.PullAsync(model, cancellation);

    public Task DeleteAsync(ModelName model, CancellationToken cancellation) => Started.DeleteAsync(model, cancellation);

    public async ValueTask DisposeAsync()
    {
        if (_engine is { } engine)
        {
            await engine.DisposeAsync();
        }

        await _server.DisposeAsync();
        _starting.Dispose();
    }

    private OllamaEngine Started => _engine ?? throw new EngineException(LoadFailure.EngineDown, "the simulated engine was not started");
}
