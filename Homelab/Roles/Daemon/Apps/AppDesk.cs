using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using Homelab.Apps.Catalog;
using Homelab.Apps.Manifests;
using Homelab.Apps.Running;
using Homelab.Configuration;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;
using Homelab.Gateway.Transport;

namespace Homelab.Roles.Daemon.Apps;

/// <summary>The apps of this machine: tells the scheduler which there are, and does what it decides: fetches files, starts, stops. What ends by itself is told to it. Holds no
/// policy but the number of ports that are tried.</summary>
internal sealed class AppDesk : IAppRuns, IAsyncDisposable
{
    /// <summary>What an app gets between SIGTERM and SIGKILL.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>Free ports that are tried where another program takes one first.</summary>
    private const int MostPorts = 3;

    private readonly DaemonParts _parts;
    private readonly AppCatalog _catalog;
    private readonly AppStarts _starts;
    private readonly IAppFiles _files;
    private readonly TimeSpan _drain;
    private readonly CancellationToken _hurry;
    private readonly CancellationToken _stopping;
    private readonly ConcurrentDictionary<ModelName, AppRun> _runs = new();
    private readonly ConcurrentDictionary<ModelName, TimeSpan> _took = new();
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None, ActivityHeadersPropagator = null });

    private string[] _folderProblems = [];

    /// <param name="parts">The daemon.</param>
    /// <param name="catalog">Its manifests; owned.</param>
    /// <param name="starts">Resolves them.</param>
    /// <param name="files">Fetches what they ask for.</param>
    /// <param name="drain">What requests get that still run on an app whose manifest is gone.</param>
    /// <param name="hurry">Cancelled where the user does not want to wait for the end.</param>
    /// <param name="stopping">Ends all that is under way.</param>
    public AppDesk(DaemonParts parts, AppCatalog catalog, AppStarts starts, IAppFiles files, TimeSpan drain, CancellationToken hurry, CancellationToken stopping)
    {
        _hurry = hurry;
        _parts = parts;
        _catalog = catalog;
        _starts = starts;
        _files = files;
        _drain = drain;
        _stopping = stopping;
        _catalog.Changed += () => _ = TellAsync();
    }

    /// <summary>For a daemon with this folder.</summary>
    public static AppDesk Create(HomelabFolder folder, DaemonParts parts, IAppFiles files, TimeSpan drain, CancellationToken hurry, CancellationToken stopping)
    {
        var environment = EnvironmentOverrides.OfProcess();

        // Only our native executable can become another program; under the development host that would be the host itself.
        var guard = OperatingSystem.IsLinux() && !RuntimeFeature.IsDynamicCodeSupported ? Environment.ProcessPath : null;
        return new AppDesk(parts, new AppCatalog(folder.Apps, environment, parts.Clock.Time), new AppStarts(folder, environment, guard), files, drain, hurry, stopping);
    }

    /// <summary>The manifests as they are known.</summary>
    public AppCatalogSnapshot Manifests => _catalog.Current;

    /// <summary>What runs.</summary>
    public AppRun? RunOf(ModelName app) => _runs.GetValueOrDefault(app);

    /// <summary>What is being fetched for an app.</summary>
    public IAppFiles Files => _files;

    /// <summary>Follows the manifests until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) => _catalog.RunAsync(cancellation);

    public async Task<(string Digest, string? Problem)> PrepareAsync(ModelName app, CancellationToken cancellation)
    {
        if (Find(app) is not { } manifest)
        {
            return ("", "its manifest is gone");
        }

        return (manifest.Hash, await _files.EnsureAsync(manifest, cancellation).ConfigureAwait(false));
    }

    public async Task StartAsync(ModelName app, long loadId, ImmutableArray<DeviceAllocation> allocation, CancellationToken cancellation)
    {
        var manifest = Find(app) ?? throw new AppStartException(AppStartFailure.Unstartable, "its manifest is gone");
        var began = _parts.Clock.Now;
        var process = await StartAsync(manifest, allocation, cancellation).ConfigureAwait(false);
        var address = new Uri($"http://127.0.0.1:{process.Port}");
        var run = new AppRun(loadId, process, new Upstream(address.Authority, new UpstreamPool(address, _parts.Clock.Time), true, "app", _parts.Settings.NodeName) { App = manifest.Name });
        _took[app] = _parts.Clock.Now - began;
        _runs[app] = run;
        _parts.Loop.Model(app).Upstream = run.Upstream;
    }

    public void Watch(ModelName app)
    {
        if (_runs.TryGetValue(app, out var run))
        {
            _ = WatchAsync(app, run);
        }

        // How long the start took is what the next one is planned by.
        _ = TellAsync();
    }

    public async Task StopAsync(ModelName app)
    {
        if (_runs.TryGetValue(app, out var run))
        {
            run.IsStopping = true;
            await run.Process.StopAsync(Grace).ConfigureAwait(false);
        }
    }

    /// <summary>Stops all apps.</summary>
    public async ValueTask DisposeAsync()
    {
        await using var impatient = _hurry.UnsafeRegister(static desk => ((AppDesk)desk!).EndAll(), this).ConfigureAwait(false);
        await Task.WhenAll(_runs.Keys.Select(StopAsync)).ConfigureAwait(false);
        _catalog.Dispose();
        _client.Dispose();
    }

    private void EndAll()
    {
        foreach (var run in _runs.Values)
        {
            run.Process.Kill();
        }
    }

    private AppManifest? Find(ModelName app) => _catalog.Current.Manifests.FirstOrDefault(m => m.Name == app.AppName);

    private async Task<AppProcess> StartAsync(AppManifest manifest, ImmutableArray<DeviceAllocation> allocation, CancellationToken cancellation)
    {
        var files = _files.FolderOf(manifest.Name);
        for (var tries = 1; ; tries++)
        {
            var start = _starts.Of(manifest, files, manifest.Port ?? FreePort.Choose(), allocation, _parts.Loop.Snapshot.Devices);
            try
            {
                return await AppProcess.StartAsync(start, _client, _parts.Clock.Time, cancellation).ConfigureAwait(false);
            }
            catch (AppStartException problem) when (problem.Failure is AppStartFailure.PortTaken or AppStartFailure.Ended && manifest.Port is null && tries < MostPorts && FreePort.IsTaken(start.Port))
            {
                // Somebody was faster; the next port is another one.
            }
        }
    }

    private async Task WatchAsync(ModelName app, AppRun run)
    {
        var exit = await run.Process.Exited.ConfigureAwait(false);
        var local = _parts.Loop.Model(app);
        if (ReferenceEquals(local.Upstream, run.Upstream))
        {
            local.Upstream = null;
        }

        _runs.TryRemove(new KeyValuePair<ModelName, AppRun>(app, run));
        run.Upstream.Pool.Dispose();
        await run.Process.DisposeAsync().ConfigureAwait(false);
        if (!run.IsStopping && !_stopping.IsCancellationRequested)
        {
            await _parts.Loop.PostAsync(new ResidencyEvent.AppExited(app, run.LoadId, exit.Words), _stopping).ConfigureAwait(false);
        }
    }

    private async Task TellAsync()
    {
        var current = _catalog.Current;
        foreach (var problem in current.Problems.Except(Interlocked.Exchange(ref _folderProblems, [.. current.Problems])))
        {
            _parts.Log.LogWarning("{Problem}", problem);
        }

        var manifests = current.Manifests.ToList();
        _parts.Catalog.Update(manifests.Select(AppNames.RouteOf));
        try
        {
            await _parts.Loop.PostAsync(
                new ResidencyEvent.AppsObserved(
                    [.. manifests.Select(m => AppNames.InstalledOf(m, _took.GetValueOrDefault(ModelName.OfApp(m.Name), TimeSpan.FromSeconds(5))))],
                    AppNames.PoliciesOf(manifests, _parts.Settings.Policy)),
                _stopping).ConfigureAwait(false);
            foreach (var app in _runs.Keys.Where(app => !manifests.Exists(m => m.Name == app.AppName)))
            {
                _ = EndAsync(app, _runs.GetValueOrDefault(app));
            }
        }
        catch (OperationCanceledException)
        {
            // The daemon is going.
        }
    }

    /// <summary>An app whose manifest is gone is stopped whatever still runs on it, after the time that running requests get when the daemon stops.</summary>
    private async Task EndAsync(ModelName app, AppRun? run)
    {
        await Task.Delay(_drain, _parts.Clock.Time, _stopping).ConfigureAwait(false);
        if (run is not null && Find(app) is null && ReferenceEquals(_runs.GetValueOrDefault(app), run))
        {
            await run.Process.StopAsync(Grace).ConfigureAwait(false);
        }
    }
}
