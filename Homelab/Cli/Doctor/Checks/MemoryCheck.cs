using Homelab.Cli.Output;
using Homelab.Domain.Models;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>The memory can be read and leaves room for a model.</summary>
internal sealed class MemoryCheck : IDoctorCheck
{
    /// <summary>What a small model needs.</summary>
    private static readonly ByteSize Least = ByteSize.FromGibibytes(2);

    public string Name => "memory";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        if (facts.Devices.IsEmpty)
        {
            yield return new Finding(Name, FindingOutcome.Fail, "no device can be read on this machine", "declare them: daemon.memory.devices: [{ name: ram, kind: ram, total: 16GiB }]");
            yield break;
        }

        var reserve = facts.Config.Daemon.Memory.Reserve;
        var budget = ByteSize.Max(ByteSize.Zero, facts.Devices.Max(d => d.Total) - reserve);
        var list = string.Join(", ", facts.Devices.Select(d => $"{d.Name} {Units.Bytes(d.Total.Bytes)}{(d.Free is { } free ? $" ({Units.Bytes(free.Bytes)} free)" : "")}"));
        yield return budget < Least
            ? new Finding(Name, FindingOutcome.Warn, $"{list}; after the reserve of {reserve} hardly a model fits", "set daemon.memory.reserve lower, e.g. 128MiB")
            : new Finding(Name, FindingOutcome.Ok, list);
    }
}
