using Homelab.Configuration;

namespace Homelab.Roles.Daemon;

/// <summary>Composition root of the daemon role.</summary>
internal static class DaemonHost
{
    /// <summary>Runs until a signal ends it; the result is the process's exit code.</summary>
    public static Task<int> RunAsync(HomelabConfig config, HomelabFolder folder, CancellationToken cancellation) => Task.FromResult(0);
}
