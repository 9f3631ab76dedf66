using System.Net.Http.Json;
using System.Text.Json;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines.Ollama;
using Homelab.Gateway;
using Homelab.Roles.Daemon;
using Homelab.Roles.Daemon.Control;
using Homelab.Telemetry;
using Homelab.Tests.Engines.Ollama;
using Homelab.Tests.Fakes;
using Homelab.Tests.Processes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Roles.Daemon;

/// <summary>The daemon without its web server, before a fake Ollama: router, catalog, loop, observer and executor as they are put together for real.
/// Its clock stands still unless the test moves it; it looks at the engine and ticks only when it is told to, or where something of its own asks for it.</summary>
internal sealed class DaemonCore : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TemporaryFolder _folder = new();
    private readonly OllamaEngine _engine;
    private readonly DaemonParts _parts;
    private readonly EngineObserver _observer;
    private readonly EffectExecutor _executor;
    private readonly Task _running;
    private readonly IHubDelegate? _hub;

    private DaemonCore(FakeOllama fake, HomelabConfig config, IHubDelegate? hub)
    {
        Fake = fake;
        config.Node.Name = "tower";
        config.Daemon.Memory.MinResidency = Duration.FromMinutes(0);
        var settings = DaemonSettings.From(config);
        var metrics = new HomelabMetrics();
        var clock = new RoleClock(Time);
        var client = new OllamaClient(new OllamaTransport(fake.Address, TimeProvider.System));
        _engine = new OllamaEngine(client, supervisor: null, allowCloud: false, new HastyTime())
        {
            Limits = fake.Server.State.Settings.MaximumLoaded is > 0 and var maximum ? EngineLimits.OfOllama(maximum) : EngineLimits.None,
        };
        Loop = new ResidencyLoop(new ResidencySnapshot { Policy = settings.Policy }, clock, NullLogger.Instance);
        Catalog = new ModelCatalog(settings, Loop.Model);
        Events = new EventFeed(Time, "tower", metrics);
        _parts = new DaemonParts(settings, clock, _engine, () => [Gpu], Loop, Catalog, Events, metrics, NullLogger.Instance);
        _observer = new EngineObserver(_parts);
        var pulls = new PullCoordinator(_engine, Loop, () => _observer.LookAsync(_stopping.Token));
        Router = new DaemonRouter(Loop, Catalog, pulls, settings, hub);
        Operations = new ModelOperations(_parts, pulls, _observer.LookAsync);
        _hub = hub;
        Fits = new FitDesk(_parts, Operations, InspectAsync);
        _executor = new EffectExecutor(_parts, _observer, new DaemonState(new HomelabFolder(_folder.Path), NullLogger.Instance), _stopping.Token);
        Loop.Execute = _executor.Execute;
        _running = Loop.RunAsync(_stopping.Token);
    }

    public FakeOllama Fake { get; }

    /// <summary>Starts with the time of the world, which the fake's timers are set by.</summary>
    public FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    public ResidencyLoop Loop { get; }

    public ModelCatalog Catalog { get; }

    public EventFeed Events { get; }

    public DaemonRouter Router { get; }

    public ModelOperations Operations { get; }

    public FitDesk Fits { get; }

    public DaemonParts Parts => _parts;

    /// <summary>24 GiB that nothing measures.</summary>
    private static DeviceReading Gpu { get; } = new("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(24), null);

    /// <summary>Starts, and has looked at devices and engine once.</summary>
    public static Task<DaemonCore> StartAsync(FakeOllama fake, params ModelConfig[] models)
    {
        var config = new HomelabConfig();
        config.Models.AddRange(models);
        return StartAsync(fake, config, null);
    }

    /// <summary>The same, joined to a hub.</summary>
    public static async Task<DaemonCore> StartAsync(FakeOllama fake, HomelabConfig config, IHubDelegate? hub)
    {
        var core = new DaemonCore(fake, config, hub);
        await core.Loop.PostAsync(new ResidencyEvent.DevicesObserved([Gpu]));
        await core.LookAsync();
        return core;
    }

    /// <summary>Looks at the engine, and returns when the scheduler has taken in what was seen.</summary>
    public async Task<bool> LookAsync()
    {
        var isUp = await _observer.LookAsync(_stopping.Token);
        await SettleAsync();
        return isUp;
    }

    /// <summary>Time passes, with one tick at its end.</summary>
    public async Task PassAsync(TimeSpan span)
    {
        Time.Advance(span);
        await Loop.PostAsync(new ResidencyEvent.Tick());
        await SettleAsync();
    }

    /// <summary>Everything that was posted until now is applied: a question about a model that nobody has is answered in its turn, and at once.</summary>
    public async Task SettleAsync()
    {
        var (refusal, _) = await Loop.WaitAsync(ModelName.Parse("nobody-has-this"), "test", Limit, isOperator: true, null, _stopping.Token).WaitAsync(Limit, TimeProvider.System);
        Assert.NotNull(refusal);
    }

    /// <summary>Ends this daemon and starts another one before the same Ollama.</summary>
    public async Task<DaemonCore> RestartAsync(params ModelConfig[] models)
    {
        await StopAsync();
        return await StartAsync(Fake, models);
    }

    public async Task<RouteOutcome> AskAsync(string model, CancellationToken cancellation = default) => await Router.RouteAsync(DemandFor(model), cancellation);

    public static Demand DemandFor(string model) => new(model, Principal.Local, Dialect.OpenAi, "/v1/chat/completions", false, "request");

    /// <summary>Takes a lease and sends a chat request with it, as the gateway would.</summary>
    public async Task ChatAsync(string model)
    {
        var (lease, refusal) = await AskAsync(model).WaitAsync(Limit, TimeProvider.System);
        Assert.True(refusal is null, refusal?.Message);
        using (lease)
        {
            using var answer = await Fake.Http.PostAsJsonAsync("/v1/chat/completions", new { model = lease!.UpstreamModel, max_tokens = 2, messages = new[] { new { role = "user", content = "hello" } } });
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    /// <summary>Reads a model's metadata, as the scheduler would have it read.</summary>
    public Task InspectAsync(ModelName model) => _executor.InspectAsync(model);

    /// <summary>What the control API explains of a model.</summary>
    public async Task<ExplainWire> ExplainAsync(string model)
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        context.Request.QueryString = QueryString.Create("model", model);
        await new ExplainEndpoint(_parts, _executor.InspectAsync, _hub).HandleAsync(context).WaitAsync(Limit, TimeProvider.System);
        context.Response.Body.Position = 0;
        return (await JsonSerializer.DeserializeAsync(context.Response.Body, ContractsJson.Default.ExplainWire))!;
    }

    public async Task<ResidencySnapshot> UntilAsync(string what, Func<ResidencySnapshot, bool> condition)
    {
        try
        {
            return await SnapshotWait.UntilAsync(Loop, condition, _stopping.Token).WaitAsync(Limit, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"waited {Limit} until {what}; now: {string.Join(", ", Loop.Snapshot.Models.Values.Select(m => $"{m.Name} {m.State}"))}; engine asked for: {string.Join(", ", Fake.Requests.Select(r => r.Path).TakeLast(20))}");
            throw;
        }
    }

    public Task<ResidencySnapshot> UntilAsync(string model, ModelState state) =>
        UntilAsync($"{model} is {state}", s => s.Models.GetValueOrDefault(ModelName.Parse(model))?.State == state);

    public ModelState StateOf(string model) => Loop.Snapshot.Models[ModelName.Parse(model)].State;

    public async ValueTask DisposeAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            Fake.Faults.ReleaseAll();
            await StopAsync();
            await Fake.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private async Task StopAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        _observer.Dispose();
        await _engine.DisposeAsync();
        _folder.Dispose();
    }
}
