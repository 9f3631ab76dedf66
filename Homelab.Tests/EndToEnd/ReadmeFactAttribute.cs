using System.Net.NetworkInformation;

namespace Homelab.Tests.EndToEnd;

/// <summary>A fact that runs the README's commands word for word.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ReadmeFactAttribute : FactAttribute
{
    public ReadmeFactAttribute() => Skip = HomelabExecutable.SkipReason
        ?? (OperatingSystem.IsWindows() ? "the README's commands are for a Unix shell" : null)
        ?? (ReadmeBlock.All().Count == 0 ? "README.md has no block marked `bash run`" : null)
        ?? (IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().FirstOrDefault(l => l.Port is >= 42420 and <= 42432) is { Port: var port } ? $"port {port}, which the README uses, is taken" : null);
}
