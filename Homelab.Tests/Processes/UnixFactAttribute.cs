namespace Homelab.Tests.Processes;

/// <summary>A test of real processes, which are started in another way on Windows.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
        {
            Skip = "needs Linux: it looks into /proc";
        }
    }
}
