using Homelab.Configuration;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>The daemon's link to its hub stands, and the hub can send requests here.</summary>
internal sealed class HubCheck : IDoctorCheck
{
    public string Name => "hub";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        var configured = facts.Config.Daemon.Hub;
        if (facts.Daemon is { Role: "daemon", Hub: { } hub })
        {
            yield return hub.State switch
            {
                "connected" => new Finding(Name, FindingOutcome.Ok, $"connected to {hub.Url}"),
                "connecting" => new Finding(Name, FindingOutcome.Warn, $"nothing was heard of the hub at {hub.Url} yet", "homelab status"),
                "refused" => new Finding(Name, FindingOutcome.Fail, $"the hub at {hub.Url} does not let this machine in: {hub.Problem}", $"homelab daemon --join {hub.Url} --token-file FILE, with a token of: homelab join-token --url {hub.Url}"),
                _ => new Finding(Name, FindingOutcome.Fail, $"the hub at {hub.Url} does not answer: {hub.Problem}", $"homelab status --url {hub.Url}"),
            };
        }
        else if (configured.Count > 0 && facts.Daemon is { Role: "daemon" })
        {
            yield return new Finding(Name, FindingOutcome.Warn, $"the running daemon does not know the hub {configured[0]} of the configuration", "restart it: homelab daemon");
        }

        var url = facts.Daemon?.Hub?.Url ?? configured.FirstOrDefault();
        if (Uri.TryCreate(url, UriKind.Absolute, out var address) && !address.IsLoopback
            && facts.Config.Daemon.Listen.TrueForAll(static l => ListenAddress.TryParse(l, out var listen, out _) && listen.IsLoopback))
        {
            yield return new Finding(Name, FindingOutcome.Warn, $"the hub at {url} can send no request here: the daemon listens on this machine only", "set daemon.listen: 0.0.0.0:42420 to share this machine's models; leave it to only use the cluster's");
        }

        if (url is null)
        {
            yield return new Finding(Name, FindingOutcome.Ok, "none: this machine serves itself alone");
        }
    }
}
