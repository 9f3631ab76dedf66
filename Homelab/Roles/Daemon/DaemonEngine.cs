using System.Collections.Immutable;
using Homelab.Configuration;
using Homelab.Domain.Memory;
using Homelab.Engines;
using Homelab.Engines.Ollama;
using Homelab.Engines.Simulated;
using Homelab.Hardware;

namespace Homelab.Roles.Daemon;

/// <summary>The one engine of this daemon and the devices it has. The simulation replaces Ollama where it is enabled,
/// so that made-up answers never stand beside real ones.</summary>
/// <param name="Engine">What runs models.</param>
/// <param name="ReadDevices">Its devices: as declared, as simulated, or as probed.</param>
/// <param name="IsManaged">Whether it is a child of this daemon.</param>
/// <param name="IsMissing">Whether it could be installed.</param>
internal sealed record DaemonEngine(IInferenceEngine Engine, Func<ImmutableArray<DeviceReading>> ReadDevices, Func<bool> IsManaged, Func<bool> IsMissing)
{
    public static DaemonEngine Create(HomelabConfig config, HomelabFolder folder, TimeProvider time)
    {
        var declared = config.Daemon.Memory.Devices;
        if (config.Daemon.Engines.Simulated.Enabled)
        {
            var simulated = new SimulatedEngine(config.Daemon.Engines.Simulated, time);
            return new DaemonEngine(simulated, declared.Count > 0 ? new ConfiguredDevices(Readings(declared)).Read : simulated.ReadDevices, static () => true, static () => false);
        }

        var ollama = EngineFactory.CreateOllama(config, folder, time);
        IDeviceProbe probe = declared.Count > 0 ? new ConfiguredDevices(Readings(declared)) : MachineProbe.OfThisMachine(time);
        return new DaemonEngine(ollama, probe.Read, () => ollama.State?.Phase is OllamaPhase.Starting or OllamaPhase.Running or OllamaPhase.BackingOff, () => ollama.State?.Phase is OllamaPhase.NotInstalled);
    }

    /// <summary>Devices as the configuration declares them.</summary>
    public static ImmutableArray<DeviceReading> Readings(List<DeviceConfig> devices) =>
        [.. devices.Select(d => new DeviceReading(d.Name, d.Kind, d.Total, null))];
}
