using System.Collections.Concurrent;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Roles.Daemon;
using Homelab.Roles.Daemon.Infra;
using Homelab.Roles.Daemon.Link;
using Homelab.Tests.Fakes;
using Homelab.Tests.Processes;
using Microsoft.Extensions.Logging;

namespace Homelab.Tests.Roles.Daemon.Link;

/// <summary>A daemon without its web server that reports to hubs. Its clock moves only while the test waits for something.</summary>
internal sealed class LinkedDaemon : IAsyncDisposable
{
    private const int MostSteps = 4000;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TemporaryFolder _folder;
    private readonly Lines _log = new();
    private readonly bool _ownsFolder;
    private Task _running = Task.CompletedTask;

    private LinkedDaemon(DaemonCore core, TemporaryFolder folder, bool ownsFolder, DaemonConfig config, InfraConfig infra)
    {
        Core = core;
        _folder = folder;
        _ownsFolder = ownsFolder;
        var parts = core.Parts with { Log = _log };
        State = new DaemonState(new HomelabFolder(folder.Path), _log);
        Facts = new DaemonFacts(State.LoadOrMakeNodeId(), "http://127.0.0.1:43401", new Dictionary<string, string> { ["site"] = "home" }, [], static () => true);
        Rates = new RateBook(new NoUsage(), State.LoadRates(), State.SaveRates, core.Time);
        Infra = InfraDesk.Create(infra, new HomelabFolder(folder.Path), "tower", announcement => core.Events.Publish(announcement), TimeProvider.System);
        Links = HubLinks.Create(config, parts, Facts, State, core.Operations, Infra, Rates, core.InspectAsync, _stopping.Token)!;
    }

    public DaemonCore Core { get; }

    public DaemonState State { get; }

    public DaemonFacts Facts { get; }

    public RateBook Rates { get; }

    public InfraDesk Infra { get; }

    public HubLinks Links { get; }

    /// <summary>Everything that was logged.</summary>
    public string Log => string.Join('\n', _log.All);

    /// <summary>Everything that was announced.</summary>
    public string Events => string.Join('\n', Core.Events.Since(0).Select(e => System.Text.Json.JsonSerializer.Serialize(e, ContractsJson.Default.EventWire)));

    public string FileOf(string document) => _folder.At("state", document);

    /// <summary>Starts one that reports to these hubs.</summary>
    /// <param name="hubs">Their addresses; none: those that it knows.</param>
    /// <param name="token">To join with.</param>
    /// <param name="folder">Of an earlier one, which stays.</param>
    /// <param name="configure">Further configuration.</param>
    /// <param name="infra">Which files it shows; null: none.</param>
    /// <param name="listen">Whether it is started at all; false: only made.</param>
    public static async Task<LinkedDaemon> StartAsync(IEnumerable<string> hubs, string? token = ScriptedHub.Token, TemporaryFolder? folder = null, Action<DaemonConfig>? configure = null, bool listen = true, InfraConfig? infra = null)
    {
        var core = await DaemonCore.StartAsync(await FakeOllama.StartAsync());
        var config = new DaemonConfig { Hub = [.. hubs], JoinToken = token };
        configure?.Invoke(config);
        var daemon = new LinkedDaemon(core, folder ?? new TemporaryFolder(), folder is null, config, infra ?? new InfraConfig());
        if (listen)
        {
            daemon._running = daemon.Links.RunAsync(["http://127.0.0.1:43401"], daemon._stopping.Token);
        }

        return daemon;
    }

    /// <summary>Waits for something while time passes.</summary>
    /// <param name="what">For the message.</param>
    /// <param name="awaited">What is waited for.</param>
    /// <param name="step">How much time passes between two looks.</param>
    public async Task<T> WhileTimePassesAsync<T>(string what, Task<T> awaited, TimeSpan? step = null)
    {
        for (var i = 0; i < MostSteps; i++)
        {
            if (await Task.WhenAny(awaited, Task.Delay(Glance, TimeProvider.System)) == awaited)
            {
                return await awaited;
            }

            Core.Time.Advance(step ?? Step);
        }

        Assert.Fail($"waited for {what}; link: {Links.Reading}; log: {Log}");
        throw new TimeoutException();
    }

    /// <summary>Waits until something holds while time passes.</summary>
    public async Task UntilAsync(string what, Func<bool> condition, TimeSpan? step = null)
    {
        for (var i = 0; i < MostSteps && !condition(); i++)
        {
            await Task.Delay(Glance, TimeProvider.System);
            Core.Time.Advance(step ?? Step);
        }

        Assert.True(condition(), $"waited until {what}; link: {Links.Reading}; log: {Log}");
    }

    /// <summary>The hub's next heartbeat.</summary>
    public Task<HeldBeat> NextAsync(ScriptedHub hub, TimeSpan? step = null) => WhileTimePassesAsync("a heartbeat", hub.NextAsync(), step);

    /// <summary>Answers the first heartbeats until one carries what is asked for; the last one is still held.</summary>
    public async Task<HeldBeat> NextAsync(ScriptedHub hub, string what, Func<HeartbeatWire, bool> condition)
    {
        for (var i = 0; i < 50; i++)
        {
            var held = await NextAsync(hub);
            if (condition(held.Beat))
            {
                return held;
            }

            held.Ack();
        }

        Assert.Fail($"50 heartbeats came and none with {what}");
        throw new TimeoutException();
    }

    /// <summary>Joined, first heartbeat answered, the second one held.</summary>
    public async Task<HeldBeat> ConnectAsync(ScriptedHub hub)
    {
        (await NextAsync(hub)).Ack();
        var held = await NextAsync(hub);
        Assert.Equal(HubState.Connected, Links.State);

        // What is found out of the models in the first moments is told too; afterwards nothing changes by itself.
        await UntilAsync("every model is known", () => Core.Loop.Snapshot.Models.Values.All(m => m.Installed is null || m.Facts is not null || m.InspectionFailed));
        return held;
    }

    /// <summary>Says to the hubs that it is gone, and ends its reporting.</summary>
    public async Task LeaveAsync()
    {
        await Links.LeaveAsync();
        await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        Links.Dispose();
        await Core.DisposeAsync();
        _stopping.Dispose();
        if (_ownsFolder)
        {
            _folder.Dispose();
        }
    }

    private async Task EndAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await _running.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }
    }

    /// <summary>Nobody counts.</summary>
    private sealed class NoUsage : Homelab.Gateway.IUsageSink
    {
        public void Record(Homelab.Gateway.RequestRecord record)
        {
        }
    }

    /// <summary>Keeps what is logged.</summary>
    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");
    }
}
