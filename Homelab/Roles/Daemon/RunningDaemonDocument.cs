namespace Homelab.Roles.Daemon;

/// <summary><c>state/daemon.json</c>: the daemon that runs now, for scripts and for <c>doctor</c>. Deleted at a clean stop.</summary>
internal sealed class RunningDaemonDocument
{
    public int Pid { get; set; }

    /// <summary>Base URLs that it listens at.</summary>
    public List<string> Urls { get; set; } = [];

    public string Version { get; set; } = "";
}
