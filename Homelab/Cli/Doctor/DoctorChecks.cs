using Homelab.Cli.Doctor.Checks;

namespace Homelab.Cli.Doctor;

/// <summary>All checks, in the order in which they are shown.</summary>
internal static class DoctorChecks
{
    public static IReadOnlyList<IDoctorCheck> All { get; } =
    [
        new ConfigurationCheck(),
        new FolderCheck(),
        new ClockCheck(),
        new DaemonCheck(),
        new PortCheck(),
        new KeyCheck(),
        new HubCheck(),
        new OllamaInstalledCheck(),
        new OllamaRunningCheck(),
        new OllamaVersionCheck(),
        new OllamaExposureCheck(),
        new OllamaEnvironmentCheck(),
        new ModelsCheck(),
        new CloudModelsCheck(),
        new MemoryCheck(),
        new GpuCheck(),
        new ContextCheck(),
        new DiskCheck(),
    ];
}
