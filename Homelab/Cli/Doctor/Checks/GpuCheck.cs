using Homelab.Domain.Memory;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>A GPU that models would run on is among the devices that are accounted for.</summary>
internal sealed class GpuCheck : IDoctorCheck
{
    public string Name => "gpu";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        var declared = facts.Devices.Where(d => d.Kind != DeviceKind.Ram).ToList();
        if (facts.UsesOllama && facts.Gpu is { } gpu)
        {
            yield return declared.Count == 0
                ? facts.LeftOut is [var why, ..]
                    ? new Finding(Name, FindingOutcome.Ok, $"not counted: {why}")
                    : new Finding(Name, FindingOutcome.Warn, $"there is a GPU ({gpu}), whose memory cannot be read: models are planned for RAM", "declare it: daemon.memory.devices: [{ name: gpu0, kind: cuda, total: 24GiB }]")
                : new Finding(Name, FindingOutcome.Ok, $"{gpu}, accounted for as {string.Join(", ", declared.Select(d => d.Name))}");
        }
    }
}
