using Homelab.Configuration;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>What others can reach asks for a key, and the keys cannot be guessed.</summary>
internal sealed class KeyCheck : IDoctorCheck
{
    private const int Shortest = 16;

    public string Name => "keys";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        var daemon = facts.Config.Daemon;
        var open = daemon.Listen.Where(l => ListenAddress.TryParse(l, out var address, out _) && !address.IsLoopback).ToList();
        if (open.Count > 0 && daemon.ApiKeys.Count == 0 && daemon.Hub.Count == 0)
        {
            yield return new Finding(Name, FindingOutcome.Fail, $"others can reach {open[0]} and no key is asked for", "set daemon.api_keys, e.g. [ \"${env:HOMELAB_KEY}\" ]; make one with: openssl rand -hex 24");
        }
        else if (daemon.ApiKeys.Any(k => k.Length < Shortest))
        {
            yield return new Finding(Name, FindingOutcome.Warn, $"a key in daemon.api_keys is shorter than {Shortest} characters", "openssl rand -hex 24");
        }
        else
        {
            yield return new Finding(Name, FindingOutcome.Ok, open.Count > 0 ? daemon.ApiKeys.Count > 0 ? $"{open[0]} asks for one of {daemon.ApiKeys.Count}" : $"{open[0]} lets only the hub in" : "only this machine can reach the daemon");
        }
    }
}
