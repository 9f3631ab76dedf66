using Homelab.Apps.Running;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon.Apps;

/// <summary>An app that runs.</summary>
/// <param name="LoadId">Of the load that started it.</param>
/// <param name="Process">It.</param>
/// <param name="Upstream">Where requests for it go.</param>
internal sealed record AppRun(long LoadId, AppProcess Process, Upstream Upstream)
{
    /// <summary>Set once its end is wanted: then that is no news.</summary>
    public bool IsStopping { get; set; }
}
