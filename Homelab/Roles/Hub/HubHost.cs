using System.Globalization;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Cluster;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Persistence.Cluster;
using Homelab.Persistence.Sqlite;
using Homelab.Roles.Hub.Control;
using Homelab.Roles.Hub.Keys;
using Homelab.Telemetry;

namespace Homelab.Roles.Hub;

/// <summary>Composition root of the hub role, from configuration to exit code.</summary>
internal sealed class HubHost
{
    private const int MaximumConnections = 32_768;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly HomelabConfig _config;
    private readonly HomelabFolder _folder;
    private readonly ILogger _log;
    private readonly RoleConsole _console;
    private readonly TimeProvider _time;

    private readonly IClusterStore _store;
    private volatile Action _restored = static () => { };

    private HubHost(HomelabConfig config, HomelabFolder folder, IClusterStore store, ILogger log, RoleConsole console)
    {
        _store = store;
        _config = config;
        _folder = folder;
        _log = log;
        _console = console;
        _time = console.Time;
    }

    /// <summary>Runs until <paramref name="stop"/> is cancelled, then drains: no new requests, running ones get <c>hub.drain</c>.</summary>
    /// <returns>The process's exit code: 0 after a clean stop, 1 where it could not listen.</returns>
    /// <param name="config">Checked.</param>
    /// <param name="folder">Where state is kept.</param>
    /// <param name="console">What the hub prints, logs and tells the time by.</param>
    /// <param name="stop">Cancelled by the first signal.</param>
    /// <param name="kept">How much the store keeps; null: the usual.</param>
    public static async Task<int> RunAsync(HomelabConfig config, HomelabFolder folder, RoleConsole console, CancellationToken stop, ClusterStoreOptions? kept = null)
    {
        using var logging = LoggerFactory.Create(builder => builder.SetMinimumLevel(console.Level).AddProvider(new LineLoggerProvider(console.Errors, console.Time)));
        var log = logging.CreateLogger("homelab");
        HubHost? host = null;
        using var store = new SqliteClusterStore(
            folder.State,
            console.Time,
            (kept ?? new ClusterStoreOptions()) with { EventsKeptFor = config.Hub.Events.Keep.Value },
            fault => log.LogWarning("state: {Problem}; the cluster goes on from memory", fault.Message),
            restored: () => _ = Task.Run(() => host?._restored()));
        host = new HubHost(config, folder, store, log, console);
        return await host.RunAsync(stop).ConfigureAwait(false);
    }

    private async Task<int> RunAsync(CancellationToken stop)
    {
        foreach (var warning in _console.Warnings)
        {
            _log.LogWarning("{Warning}", warning);
        }

        var store = _store;
        var settings = HubSettings.From(_config);
        var clock = new RoleClock(_time);
        var metrics = new HomelabMetrics();
        var keySource = new KeySource(KeyRing.Empty);
        var keys = new HubKeys(_config.Hub, store, keySource, _time);
        var epoch = NextEpoch(store);
        var dispatches = new DispatchTable();
        var loop = new ClusterLoop(new ClusterSnapshot { Epoch = epoch, Policy = settings.Policy, StartedAt = clock.Now }, dispatches, clock, _log);
        using var links = new NodeLinks(_time);
        var aliases = new ClusterAliases(settings.Aliases, store);
        var parts = new HubParts(
            settings,
            clock,
            store,
            keys,
            loop,
            new ClusterCatalog(aliases, () => loop.Snapshot, _time),
            aliases,
            links,
            dispatches,
            new BeatDesk(_time),
            new CommandDesk(loop, epoch),
            new EventFeed(_time, null, metrics, new EventArchive(store)),
            metrics,
            _log);
        var router = new HubRouter(parts);
        var effects = new HubEffects(parts, router);
        loop.Publishing = effects.Prepare;
        loop.Execute = effects.Execute;
        loop.Prepare(Known(store));
        _restored = () => TakeIn(store, keys, aliases, loop);

        var usage = new HubUsage(metrics, store, keys, _time);
        var (app, surface) = HubApplication.Build(_config.Hub, Gateway(settings, keySource), parts, Endpoints(parts, router, usage, stop), router, usage);
        using var watched = surface;
        await using var served = app.ConfigureAwait(false);
        using var stopping = new CancellationTokenSource();
        var work = Task.WhenAll(loop.RunAsync(stopping.Token), TickAsync(parts, router, effects, stopping.Token), FlushAsync(usage, stopping.Token), effects.SaveNodesAsync(stopping.Token));
        try
        {
            await app.StartAsync(stop).ConfigureAwait(false);
        }
        catch (IOException problem)
        {
            await _console.Errors.WriteLineAsync($"homelab: cannot listen at {string.Join(", ", _config.Hub.Listen)}: {problem.Message}").ConfigureAwait(false);
            await RoleRun.StopAsync(app, stopping, work).ConfigureAwait(false);
            return 1;
        }

        var urls = RoleWebServer.UrlsOf(app);
        using var running = RunningFile.Write(_folder, "hub", urls, _log);
        await GreetAsync(urls, parts, keys).ConfigureAwait(false);
        await RoleRun.UntilAsync(work, stop).ConfigureAwait(false);
        router.StartDraining();
        await RoleRun.DrainAsync(_console, surface.Active, dispatches.Total, _config.Hub.Drain).ConfigureAwait(false);
        await surface.EndAsync().ConfigureAwait(false);
        parts.Beats.Close();
        await RoleRun.StopAsync(app, stopping, work).ConfigureAwait(false);
        usage.Flush();
        return 0;
    }

    /// <summary>What <see cref="HubApplication"/> maps.</summary>
    internal static HubEndpoints Endpoints(HubParts parts, HubRouter router, HubUsage usage, CancellationToken stop)
    {
        var commands = new ModelCommands(parts);
        return new(
            new HealthEndpoints(parts, router),
            new StatusEndpoint(parts, router),
            new NodesEndpoint(parts),
            new HeartbeatEndpoint(parts),
            new JoinEndpoint(parts),
            new ModelsEndpoint(parts),
            commands,
            new AppsEndpoint(parts, commands),
            new AliasesEndpoint(parts),
            new ExplainEndpoint(parts),
            new KeysEndpoint(parts.Keys),
            new EventsEndpoint(parts.Events, parts.Clock.Time, stop),
            new FitEndpoint(parts),
            new InfraEndpoint(parts),
            new OpenApiEndpoint("hub", ControlOperations.OfHub),
            new UsageEndpoint(usage.Since));
    }

    private static IEnumerable<ClusterEvent> Known(IClusterStore store)
    {
        var measures = StoredMeasures.Load(store);
        return store.LoadNodes().Select(n => n.KnownWith(measures[n.Id]));
    }

    /// <summary>A disk that could not be read at the start can be now: its keys come into force, and its machines are waited for.</summary>
    private static void TakeIn(IClusterStore store, HubKeys keys, ClusterAliases aliases, ClusterLoop loop)
    {
        keys.Reload();
        aliases.Reload();
        loop.TryPost(new ClusterEvent.NamesChanged());
        foreach (var node in Known(store))
        {
            loop.TryPost(node);
        }
    }

    /// <summary>Once a second: what was counted is handed on. On its own, because it may meet a key that is being saved and waits for the disk.</summary>
    private async Task FlushAsync(HubUsage usage, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Second, _time);
        while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
        {
            usage.Flush();
        }
    }

    /// <summary>Once a second: silence is judged and progress told.</summary>
    private async Task TickAsync(HubParts parts, HubRouter router, HubEffects effects, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Second, _time);
        while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
        {
            await parts.Loop.PostAsync(new ClusterEvent.Tick(), stopping).ConfigureAwait(false);
            router.Desk.ReportProgress(parts.Loop.Snapshot, parts.Loop.Now);
            effects.GiveUpLost();
            parts.Links.Sweep();
        }
    }

    /// <summary>Grows at every start, also where the disk refuses or was replaced: at least the wall clock's milliseconds.</summary>
    private long NextEpoch(IClusterStore store)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            return store.NextEpoch(now);
        }
        catch (StateWriteException refused)
        {
            _log.LogWarning("state: {Problem}; the hub's epoch is the clock's", refused.Fault.Message);
            return now;
        }
    }

    private GatewayOptions Gateway(HubSettings settings, KeySource keys) => new()
    {
        NodeName = settings.Name,
        MaximumBodyBytes = _config.Hub.MaxBody.Bytes,
        MaximumConnections = MaximumConnections,
        CommentInterval = _config.Hub.KeepAliveComments.Value,
        AllowedHosts = _config.Hub.AllowedHosts,
        AllowedOrigins = _config.Hub.AllowedOrigins,
        Keys = keys,
        MaximumHops = 1,
        WantsPrefix = true,
    };

    private async Task GreetAsync(IReadOnlyList<string> urls, HubParts parts, HubKeys keys)
    {
        foreach (var url in urls)
        {
            await _console.Output.WriteLineAsync($"listening on {url}").ConfigureAwait(false);
        }

        try
        {
            if (keys.EnsureAdminKey() is { } secret)
            {
                await _console.Output.WriteLineAsync($"admin key, shown this once: {secret}").ConfigureAwait(false);
            }
        }
        catch (StateWriteException refused)
        {
            _log.LogWarning("no admin key was made: {Problem}", refused.Fault.Message);
        }

        var known = parts.Loop.Snapshot.Nodes.Count;
        await _console.Output.WriteLineAsync(known == 0
            ? "no machine has joined yet; on this machine run: homelab join-token --url " + Reachable(urls)
            : string.Create(CultureInfo.InvariantCulture, $"{known} machine(s) known; they report within {_config.Hub.Heartbeat}")).ConfigureAwait(false);
        await _console.Output.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>An address that this machine itself can call.</summary>
    private static string Reachable(IReadOnlyList<string> urls) =>
        urls.Count == 0 ? "http://127.0.0.1:42421" : urls[0].Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal).Replace("[::]", "127.0.0.1", StringComparison.Ordinal);
}
