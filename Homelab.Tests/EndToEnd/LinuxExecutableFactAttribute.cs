using Homelab.Tests.Processes;

namespace Homelab.Tests.EndToEnd;

/// <summary>A fact about the published executable and processes that it starts, which are looked at in <c>/proc</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxExecutableFactAttribute : FactAttribute
{
    public LinuxExecutableFactAttribute() => Skip = HomelabExecutable.SkipReason ?? new UnixFactAttribute().Skip;
}
