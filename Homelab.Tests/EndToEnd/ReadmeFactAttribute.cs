using System.Net.NetworkInformation;

namespace Homelab.Tests.EndToEnd;

/// <summary>A fact that runs the README's commands word for word.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ReadmeFactAttribute : FactAttribute
{
    public ReadmeFactAttribute() => Skip = HomelabExecutable.SkipReason
        ?? (OperatingSystem.IsWindows() ? "the README's commands are for a Unix shell" : null)
        ?? (ReadmeBlock.All().Count == 0 ? "README.md has no block marked `bash run`" : null)
        ?? (IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(l => l.Port is 42420) ? "port 42420, which the README uses, is taken" : null);
}
