using System.Collections.Immutable;
using Homelab.Configuration;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Placement;

namespace Homelab.Roles.Hub;

/// <summary>The configuration as the hub's parts need it: names parsed, defaults filled in. Immutable.</summary>
internal sealed record HubSettings
{
    /// <summary>What an unload waits for running requests.</summary>
    public static readonly TimeSpan UnloadTimeout = TimeSpan.FromMinutes(10);

    /// <summary>What a download may take.</summary>
    public static readonly TimeSpan PullTimeout = TimeSpan.FromHours(24);

    /// <summary>Named in refusals.</summary>
    public required string Name { get; init; }

    public required ClusterPolicy Policy { get; init; }

    /// <summary>How long a request may wait at the hub.</summary>
    public required TimeSpan MaximumWait { get; init; }

    /// <summary>From alias to the models it stands for, in order of rank.</summary>
    public required ImmutableSortedDictionary<string, ImmutableArray<ModelName>> Aliases { get; init; }

    /// <exception cref="FormatException">A model's name is none; the configuration's own check finds that first, with its line.</exception>
    public static HubSettings From(HomelabConfig config)
    {
        var hub = config.Hub;
        var aliases = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<ModelName>>(StringComparer.OrdinalIgnoreCase);
        var models = ImmutableDictionary.CreateBuilder<ModelName, PlacementModelPolicy>();
        foreach (var entry in config.Models)
        {
            if (entry.Alias is { Length: > 0 } alias)
            {
                aliases[alias] = [.. entry.Of.Select(ModelName.Parse)];
                continue;
            }

            var name = ModelName.Parse(entry.Name ?? "");
            models[name] = new PlacementModelPolicy(entry.Require.ToImmutableSortedDictionary(StringComparer.Ordinal), entry.Pin);
            foreach (var other in entry.Aliases)
            {
                aliases[other] = [name];
            }
        }

        return new HubSettings
        {
            Name = "the hub",
            MaximumWait = hub.Queue.MaxWait.Value,
            Aliases = aliases.ToImmutable(),
            Policy = new ClusterPolicy
            {
                SuspectAfter = hub.SuspectAfter.Value,
                LostAfter = hub.LostAfter.Value,
                Heartbeat = hub.Heartbeat.Value,
                MaximumWaiting = hub.Queue.MaxWaiting,
                LoadTimeout = config.Daemon.LoadTimeout.Value,
                StartGrace = hub.StartGrace.Value,
                Placement = new PlacementPolicy { Models = models.ToImmutable() },
            },
        };
    }
}
