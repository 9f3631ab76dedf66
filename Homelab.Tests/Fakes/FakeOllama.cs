using Homelab.Domain.Models;
using Homelab.Engines.Simulated;

namespace Homelab.Tests.Fakes;

/// <summary>The simulated Ollama on a port of its own, for tests: everything takes no time unless the test says so, faults are scripted by
/// <see cref="Faults"/>, and what it was asked is in <see cref="Requests"/>.</summary>
internal sealed class FakeOllama : IAsyncDisposable
{
    private FakeOllama(SimulatedOllama server, FakeOllamaFaults faults)
    {
        Server = server;
        Faults = faults;
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) }) { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(1) };
    }

    public SimulatedOllama Server { get; }

    public FakeOllamaFaults Faults { get; }

    /// <summary>A client of it, for the test's own questions. They are recorded like all others.</summary>
    public HttpClient Http { get; }

    public Uri Address => Server.Address;

    /// <summary>Every request so far, oldest first.</summary>
    public IReadOnlyList<FakeOllamaRequest> Requests => Faults.Requests;

    /// <summary>Loads, unloads, reloads, evictions so far.</summary>
    public SchedulerCounts Counts => Server.State.Scheduler.Counts;

    /// <summary>Names of the loaded models, sorted, whatever its list of them hides.</summary>
    public IReadOnlyList<string> Loaded => [.. Server.State.Scheduler.ListAll().Select(r => r.Model.Name).Order(StringComparer.Ordinal)];

    /// <summary>Bytes that another program holds on its device.</summary>
    public ByteSize ForeignMemory
    {
        set => Server.State.Scheduler.ForeignBytes = value.Bytes;
    }

    /// <summary>Starts one without delays, with 24 GiB and the default models of the simulation, unless changed by <paramref name="configure"/>.</summary>
    public static async Task<FakeOllama> StartAsync(Func<SimulatedSettings, SimulatedSettings>? configure = null, TimeProvider? time = null)
    {
        var settings = new SimulatedSettings
        {
            LoadRate = ByteSize.Zero,
            PullRate = ByteSize.Zero,
            TokensPerSecond = 0,
            Models = SimulatedCatalogue.Installed,
            Catalogue = SimulatedCatalogue.Pullable,
        };
        var faults = new FakeOllamaFaults();
        var server = new SimulatedOllama(configure?.Invoke(settings) ?? settings, time ?? TimeProvider.System, faults);
        await server.StartAsync(CancellationToken.None);
        return new FakeOllama(server, faults);
    }

    /// <summary>Puts a model on its disk.</summary>
    public void Install(string name, ByteSize size, bool embedding = false) => Server.State.Library.Install(SimulatedModel.Create(name, size, embedding));

    /// <summary>How many requests came for a path.</summary>
    public int Count(string path) => Requests.Count(r => r.Path == path);

    /// <summary>The last request for a path.</summary>
    public FakeOllamaRequest? Last(string path) => Requests.LastOrDefault(r => r.Path == path);

    /// <summary>Somebody else uses a model for a moment, loading it if need be; not in <see cref="Requests"/>.</summary>
    public async Task UseByOthersAsync(string model, int? context = null, TimeSpan? keepAlive = null) => (await HoldByOthersAsync(model, context, keepAlive)).Dispose();

    /// <summary>Somebody else uses a model until disposed.</summary>
    public Task<SimulatedLease> HoldByOthersAsync(string model, int? context = null, TimeSpan? keepAlive = null) =>
        Server.State.Scheduler.AcquireAsync(Server.State.Require(model), new LoadOptions(context), keepAlive, CancellationToken.None);

    /// <summary>Somebody else unloads a model.</summary>
    public void UnloadByOthers(string model) => Server.State.Scheduler.Expire(Server.State.Require(model));

    /// <summary>The process that runs a model dies.</summary>
    public void KillRunner(string model) => Server.State.Scheduler.Kill(Server.State.Require(model));

    /// <summary>The whole server dies: connections are cut, new ones refused.</summary>
    public Task GoDownAsync() => Server.StopAsync();

    /// <summary>It is back on the same port, with nothing loaded.</summary>
    public Task ComeBackAsync() => Server.StartAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Faults.ReleaseAll();
        await Server.DisposeAsync();
    }
}
