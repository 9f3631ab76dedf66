using System.Collections.Immutable;
using Homelab.Apps.Running;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Roles.Daemon.Apps;

/// <summary>What the scheduler has done to apps.</summary>
internal interface IAppRuns
{
    /// <summary>Fetches an app's files.</summary>
    /// <returns>The manifest's hash, and why they cannot be had; null: they are there.</returns>
    Task<(string Digest, string? Problem)> PrepareAsync(ModelName app, CancellationToken cancellation);

    /// <summary>Starts an app; returns when it is ready.</summary>
    /// <param name="app">Which.</param>
    /// <param name="loadId">By which its end will be told.</param>
    /// <param name="allocation">What was reserved for it.</param>
    /// <param name="cancellation">It is not wanted any more.</param>
    /// <exception cref="AppStartException">It could not be started; nothing of it is left.</exception>
    Task StartAsync(ModelName app, long loadId, ImmutableArray<DeviceAllocation> allocation, CancellationToken cancellation);

    /// <summary>From now on the end of the app is told to the scheduler, which knows by now that it runs.</summary>
    void Watch(ModelName app);

    /// <summary>Stops an app; returns when nothing of it is left.</summary>
    Task StopAsync(ModelName app);
}
