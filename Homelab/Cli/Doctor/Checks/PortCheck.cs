using System.Net;
using Homelab.Configuration;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>The ports to listen at are free, or taken by the daemon itself.</summary>
internal sealed class PortCheck : IDoctorCheck
{
    public string Name => "ports";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        foreach (var listen in facts.Config.Daemon.Listen.Where(l => ListenAddress.TryParse(l, out _, out _)))
        {
            var address = ListenAddress.Parse(listen);
            var taken = facts.Listeners.Any(l => l.Port == address.Port && Overlaps(l.Address, address));
            if (!taken || address.Port == 0)
            {
                yield return new Finding(Name, FindingOutcome.Ok, $"{listen} is free");
            }
            else if (facts.Daemon is not null && facts.Address.Port == address.Port)
            {
                yield return new Finding(Name, FindingOutcome.Ok, $"{listen} is served by homelab");
            }
            else
            {
                yield return new Finding(Name, FindingOutcome.Fail, $"{listen} is taken by another program", $"find it: ss -ltnp 'sport = :{address.Port}'; or set daemon.listen to another port");
            }
        }
    }

    private static bool Overlaps(IPAddress taken, ListenAddress wanted)
    {
        var address = wanted.Address ?? IPAddress.Loopback;
        return taken.Equals(address) || IsAny(taken) || IsAny(address) || (wanted.Address is null && IPAddress.IsLoopback(taken));
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
