namespace Homelab.Tests.Roles.Daemon.Infra;

/// <summary>A test of pipes, sockets, devices and links as Linux and macOS have them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "this system has no such entries";
        }
    }
}
