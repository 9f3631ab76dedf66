using System.Globalization;
using Homelab.Apps.Running;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Roles.Daemon.Apps;
using Homelab.Roles.Daemon.Control;
using Homelab.Roles.Daemon.Infra;
using Homelab.Roles.Daemon.Link;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon;

/// <summary>Composition root of the daemon role, from configuration to exit code.</summary>
internal sealed class DaemonHost
{
    /// <summary>The exit code where a hub refuses the join token of a start that is for joining (EX_NOPERM).</summary>
    public const int NotAllowed = 77;

    private const string Simulated = "SIMULATED: every model and every answer of this daemon is made up; no engine is used";

    private readonly HomelabConfig _config;
    private readonly HomelabFolder _folder;
    private readonly ILogger _log;
    private readonly RoleConsole _console;
    private readonly TimeProvider _time;

    private DaemonHost(HomelabConfig config, HomelabFolder folder, ILogger log, RoleConsole console)
    {
        _config = config;
        _folder = folder;
        _log = log;
        _console = console;
        _time = console.Time;
    }

    /// <summary>Runs until <paramref name="stop"/> is cancelled, then drains: no new requests, running ones get <c>daemon.drain</c>.</summary>
    /// <returns>The process's exit code: 0 after a clean stop, 1 where it could not listen, <see cref="NotAllowed"/> where it was to join and may not.</returns>
    /// <param name="config">Checked.</param>
    /// <param name="folder">Where state and logs are kept.</param>
    /// <param name="console">What the daemon prints, logs and tells the time by.</param>
    /// <param name="mustJoin">Whether a hub that refuses the join token ends the start; otherwise this machine serves alone and says so.</param>
    /// <param name="stop">Cancelled by the first signal.</param>
    public static async Task<int> RunAsync(HomelabConfig config, HomelabFolder folder, RoleConsole console, bool mustJoin, CancellationToken stop)
    {
        using var logging = LoggerFactory.Create(builder => builder.SetMinimumLevel(console.Level).AddProvider(new LineLoggerProvider(console.Errors, console.Time)));
        return await new DaemonHost(config, folder, logging.CreateLogger("homelab"), console).RunAsync(mustJoin, stop).ConfigureAwait(false);
    }

    private async Task<int> RunAsync(bool mustJoin, CancellationToken stop)
    {
        OllamaPortClaim.Apply(_config.Daemon);
        foreach (var warning in _console.Warnings)
        {
            _log.LogWarning("{Warning}", warning);
        }

        var settings = DaemonSettings.From(_config);
        var metrics = new HomelabMetrics();
        var clock = new RoleClock(_time);
        var state = new DaemonState(_folder, _log);
        var engine = DaemonEngine.Create(_config, _folder, _time);
        await using var owned = engine.Engine.ConfigureAwait(false);
        var loop = new ResidencyLoop(new ResidencySnapshot { Policy = settings.Policy, Corrections = state.LoadCorrections() }, clock, _log);
        var parts = new DaemonParts(settings, clock, engine.Engine, engine.ReadDevices, loop, new ModelCatalog(settings, loop.Model), new EventFeed(_time, settings.NodeName, metrics), metrics, _log);
        _ = new MetricsPublisher(loop, metrics);

        using var stopping = new CancellationTokenSource();
        using var observer = new EngineObserver(parts);
        var pulls = new PullCoordinator(engine.Engine, loop, () => observer.LookAsync(stopping.Token));
        var operations = new ModelOperations(parts, pulls, observer.LookAsync);
        var usage = new UsageLedger(metrics, _time, settings.NodeName, observer.LookSoon);
        var rates = new RateBook(usage, state.LoadRates(), state.SaveRates, _time);
        var executor = new EffectExecutor(parts, observer, state, stopping.Token);
        loop.Execute = executor.Execute;
        AppStarts.EndOrphans(_folder);
        var files = new AppFiles(_folder, parts);
        await using var filesOwned = files.ConfigureAwait(false);
        var apps = AppDesk.Create(_folder, parts, files, _config.Daemon.Drain.Value, _console.Hurry, stopping.Token);
        await using var appsOwned = apps.ConfigureAwait(false);
        executor.Apps = apps;

        var facts = new DaemonFacts(state.LoadOrMakeNodeId(), Address(), _config.Node.Labels, [.. Warnings(engine), .. _console.Warnings], engine.IsManaged);
        var infra = InfraDesk.Create(_config.Infra, _folder, settings.NodeName, announcement => parts.Events.Publish(announcement), _time);
        var fits = new FitDesk(parts, operations, executor.InspectAsync);
        using var links = HubLinks.Create(_config.Daemon, parts, facts, state, operations, infra, fits, rates, executor.InspectAsync, stopping.Token);
        var router = new DaemonRouter(loop, parts.Catalog, pulls, settings, links);
        if (mustJoin && links is not null && await links.JoinAsync(stop).ConfigureAwait(false) is { } refusal)
        {
            await _console.Errors.WriteLineAsync($"homelab: {refusal}").ConfigureAwait(false);
            return NotAllowed;
        }

        var endpoints = new DaemonEndpoints(
            new HealthEndpoints(parts),
            new StatusEndpoint(parts, facts, () => links?.Reading, () => apps.Manifests.Problems),
            new NodesEndpoint(parts, facts),
            new ModelsEndpoint(parts, facts),
            new ModelCommands(parts, facts, operations),
            new ExplainEndpoint(parts, executor.InspectAsync, links),
            new FitEndpoint(fits),
            new EventsEndpoint(parts.Events, _time, stop),
            new InfraEndpoint(parts, facts, infra),
            new AppsEndpoint(parts, facts, apps, operations, _folder, stop),
            new OpenApiEndpoint("daemon", ControlOperations.OfDaemon),
            new UsageEndpoint(usage.Since));
        var (app, surface) = DaemonApplication.Build(_config, Gateway(settings, facts, links), parts, endpoints, router, rates);
        using var watched = surface;
        await using var served = app.ConfigureAwait(false);

        var running = loop.RunAsync(stopping.Token);
        try
        {
            await app.StartAsync(stop).ConfigureAwait(false);
        }
        catch (IOException problem)
        {
            await _console.Errors.WriteLineAsync($"homelab: cannot listen at {string.Join(", ", _config.Daemon.Listen)}: {problem.Message}").ConfigureAwait(false);
            await stopping.CancelAsync().ConfigureAwait(false);
            return 1;
        }

        var urls = RoleWebServer.UrlsOf(app);
        using var file = RunningFile.Write(_folder, "daemon", urls, _log);
        await GreetAsync(urls, engine).ConfigureAwait(false);
        var work = Task.WhenAll(
            RunEngineAsync(engine, observer, stopping.Token),
            new DeviceObserver(parts).RunAsync(stopping.Token),
            apps.RunAsync(stopping.Token),
            links?.RunAsync(urls, stopping.Token) ?? Task.CompletedTask,
            running);
        await RoleRun.UntilAsync(work, stop).ConfigureAwait(false);
        links?.StartDraining();
        await DrainAsync(parts, router).ConfigureAwait(false);
        await surface.EndAsync().ConfigureAwait(false);
        await (links?.LeaveAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        await RoleRun.StopAsync(app, stopping, work).ConfigureAwait(false);
        rates.Save();
        return 0;
    }

    /// <summary>Starts the engine, then looks at it for as long as the daemon runs, also while it is being installed.</summary>
    private async Task RunEngineAsync(DaemonEngine engine, EngineObserver observer, CancellationToken stopping)
    {
        await engine.Engine.StartAsync(stopping).ConfigureAwait(false);
        await Task.WhenAll(observer.RunAsync(stopping), engine.IsMissing() ? OfferAsync(stopping) : Task.CompletedTask).ConfigureAwait(false);
    }

    private Task OfferAsync(CancellationToken stopping) =>
        new OllamaOffer(EngineFactory.CreateOllamaInstaller(_config, _folder, _time), _config.Daemon.Engines.Ollama.Install, _console).MakeAsync(stopping);

    private List<string> Warnings(DaemonEngine engine)
    {
        var warnings = new List<string>();
        if (engine.Engine.IsSimulated)
        {
            warnings.Add(Simulated);
        }
        else if (_config.Daemon.Engines.Ollama.Expose)
        {
            warnings.Add($"daemon.engines.ollama.expose is on: the hub reaches Ollama at {_config.Daemon.Engines.Ollama.Url} without passing this daemon, and so can anybody else whom the network lets through, without a key");
        }

        return warnings;
    }

    private async Task DrainAsync(DaemonParts parts, DaemonRouter router)
    {
        router.StartDraining();
        await parts.Loop.PostAsync(new ResidencyEvent.DrainStarted()).ConfigureAwait(false);
        int Running() => parts.Loop.CountLeases() + router.Delegated;
        await RoleRun.DrainAsync(_console, Running(), Running, _config.Daemon.Drain).ConfigureAwait(false);
    }

    private string Address() =>
        _config.Daemon.Advertise is { Length: > 0 } advertised ? advertised : "http://" + _config.Daemon.Listen[0];

    private GatewayOptions Gateway(DaemonSettings settings, DaemonFacts facts, HubLinks? links) => new()
    {
        NodeName = settings.NodeName,
        NodeId = links is null ? null : facts.NodeId,
        MaximumBodyBytes = _config.Daemon.MaxBody.Bytes,
        CommentInterval = _config.Daemon.KeepAliveComments.Value,

        // A hub calls this machine by the address that it was told.
        AllowedHosts = Uri.TryCreate(_config.Daemon.Advertise, UriKind.Absolute, out var advertised) ? [.. _config.Daemon.AllowedHosts, advertised.IdnHost] : _config.Daemon.AllowedHosts,
        AllowedOrigins = _config.Daemon.AllowedOrigins,
        Keys = new KeySource(new KeyRing(
        [
            .. _config.Daemon.ApiKeys.Select((key, i) => KeyRing.Entry(string.Create(CultureInfo.InvariantCulture, $"key-{i + 1}"), key, isAdmin: true)),
            .. links?.AccessEntries ?? [],
        ])),
    };

    private async Task GreetAsync(IReadOnlyList<string> urls, DaemonEngine engine)
    {
        foreach (var url in urls)
        {
            await _console.Output.WriteLineAsync($"listening on {url}").ConfigureAwait(false);
        }

        foreach (var warning in Warnings(engine))
        {
            await _console.Output.WriteLineAsync(warning).ConfigureAwait(false);
        }

        await _console.Output.FlushAsync().ConfigureAwait(false);
    }
}
