using System.Security.Cryptography;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Domain.Models;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Roles.Daemon.Infra;

namespace Homelab.Roles.Daemon.Link;

/// <summary>The links to all hubs of this machine. It reports to each; what does not fit here goes to the first one, in order of the configuration, that is
/// connected.</summary>
internal sealed class HubLinks : IHubDelegate, IDisposable
{
    /// <summary>How long the first heartbeat waits for the first look at the engine; one that is down is told as such.</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyList<HubLink> _links;
    private readonly NodeReporter _reporter;
    private readonly ModelInspections _inspections;
    private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;

    /// <param name="parts">What every link is built from.</param>
    /// <param name="urls">At least one.</param>
    /// <param name="inspections">Reads the metadata that estimates need.</param>
    /// <param name="loop">Watched for what the hubs should hear of at once.</param>
    public HubLinks(LinkParts parts, IEnumerable<string> urls, ModelInspections inspections, ResidencyLoop loop)
    {
        _links = [.. urls.Select(HubCredentials.AddressOf).Distinct(StringComparer.Ordinal).Select(url => new HubLink(parts, url))];
        _reporter = parts.Reporter;
        _inspections = inspections;
        _time = parts.Time;
        loop.Changed += new ChangeWatch(TellSoon).Look;
        loop.Changed += (_, after) =>
        {
            if (after.EngineUp && !after.Devices.IsEmpty)
            {
                _looked.TrySetResult();
            }
        };
    }

    public string Address => Current.Address;

    public HubState State => Current.State;

    public string? Problem => Current.Problem;

    public Upstream? Upstream => Current.Upstream;

    public ClusterModels Models => Current.Models;

    public CancellationToken Lost => Current.Lost;

    /// <summary>The link by which the hub is asked for what does not fit here, as the status shows it.</summary>
    public HubLinkWire Reading
    {
        get
        {
            var link = Current;
            return new HubLinkWire(link.Address, link.LinkState.ToString().ToLowerInvariant(), link.Problem);
        }
    }

    /// <summary>The keys by which the hubs may call this machine.</summary>
    public IEnumerable<KeyEntry> AccessEntries => _links.Select(l => l.AccessEntry);

    private HubLink Current
    {
        get
        {
            foreach (var link in _links)
            {
                if (link.LinkState == HubLinkState.Connected)
                {
                    return link;
                }
            }

            return _links[0];
        }
    }

    /// <summary>The links that the configuration names, or where it names none, those to the hubs that this machine joined before; null where there are none.</summary>
    /// <param name="config">Checked.</param>
    /// <param name="parts">The daemon.</param>
    /// <param name="facts">Who it is.</param>
    /// <param name="state">Where credentials are kept.</param>
    /// <param name="operations">What carries out commands.</param>
    /// <param name="infra">What shows files.</param>
    /// <param name="rates">What was measured here.</param>
    /// <param name="inspect">Reads a model's metadata.</param>
    /// <param name="stopping">Ends commands.</param>
    public static HubLinks? Create(DaemonConfig config, DaemonParts parts, DaemonFacts facts, DaemonState state, ModelOperations operations, InfraDesk infra, RateBook rates, Func<ModelName, Task> inspect, CancellationToken stopping)
    {
        var credentials = new HubCredentials(state, facts.NodeId);
        IReadOnlyList<string> urls = config.Hub.Count > 0 ? config.Hub : credentials.Known;
        if (urls.Count == 0)
        {
            return null;
        }

        var time = parts.Clock.Time;
        var reporter = new NodeReporter(parts, facts, config, rates, RandomNumberGenerator.GetHexString(32, lowercase: true));
        return new HubLinks(
            new LinkParts(
                facts.NodeId,
                parts.Settings.NodeName,
                reporter,
                credentials,
                config.JoinToken,
                changed => new CommandExecutor(operations, infra, parts.Settings.Policy.LoadTimeout, config.AllowCloudModels, time, changed, stopping),
                announcement => parts.Events.Publish(announcement),
                time,
                parts.Log)
            {
                ExternalLeases = () => new ExternalLeases(parts.Catalog, parts.Loop, time),
                Seed = RandomNumberGenerator.GetInt32(int.MaxValue),
            },
            urls,
            new ModelInspections(parts.Loop, inspect),
            parts.Loop);
    }

    /// <summary>Joins every hub that was not joined before, now.</summary>
    /// <returns>Why one refuses the token; null where none does.</returns>
    public async Task<string?> JoinAsync(CancellationToken cancellation)
    {
        foreach (var link in _links)
        {
            if (await link.JoinAsync(cancellation).ConfigureAwait(false) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    /// <summary>Reports until cancelled.</summary>
    /// <param name="listening">Base URLs that the daemon listens at.</param>
    /// <param name="stopping">Ends it.</param>
    public async Task RunAsync(IReadOnlyList<string> listening, CancellationToken stopping)
    {
        // The one that others can reach, where there is one.
        var addresses = listening.Select(url => new Uri(url)).ToList();
        _reporter.Port = (addresses.Find(a => !a.IsLoopback) ?? addresses[0]).Port;

        // A machine that has not looked at its engine yet would say that it has no models, and a hub would believe it.
        await Task.WhenAny(_looked.Task, Task.Delay(FirstLook, _time, stopping)).ConfigureAwait(false);
        await Task.WhenAll([.. _links.Select(l => l.RunAsync(stopping)), _inspections.RunAsync(stopping)]).ConfigureAwait(false);
    }

    /// <summary>The hubs send nothing new from now on.</summary>
    public void StartDraining()
    {
        _reporter.StartDraining();
        TellSoon();
    }

    /// <summary>The last word to every hub that listens; before the end of <see cref="RunAsync"/>.</summary>
    public Task LeaveAsync()
    {
        _reporter.Leave();
        return Task.WhenAll(_links.Select(l => l.LeaveAsync()));
    }

    public void Dispose()
    {
        foreach (var link in _links)
        {
            link.Dispose();
        }
    }

    private void TellSoon()
    {
        foreach (var link in _links)
        {
            link.TellSoon();
        }
    }
}
