using System.Collections.Immutable;
using Homelab.Configuration;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon;

/// <summary>The configuration as the daemon's parts need it: names parsed, defaults filled in. Immutable.</summary>
internal sealed record DaemonSettings
{
    public required string NodeName { get; init; }

    public required TimeSpan MaximumWait { get; init; }

    public required bool PullOnDemand { get; init; }

    public required ResidencyPolicy Policy { get; init; }

    /// <summary>From alias to the models it stands for, in order of rank.</summary>
    public required ImmutableSortedDictionary<string, ImmutableArray<ModelName>> Aliases { get; init; }

    /// <exception cref="FormatException">A model's name is none; the configuration's own check finds that first, with its line.</exception>
    public static DaemonSettings From(HomelabConfig config)
    {
        var daemon = config.Daemon;
        var standard = new ModelPolicy(false, false, daemon.IdleUnload.Value, daemon.Engines.Ollama.Context, daemon.Engines.Ollama.Parallel);
        var models = ImmutableDictionary.CreateBuilder<ModelName, ModelPolicy>();
        var aliases = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<ModelName>>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in config.Models)
        {
            if (entry.Alias is { Length: > 0 } alias)
            {
                aliases[alias] = [.. entry.Of.Select(ModelName.Parse)];
                continue;
            }

            var name = ModelName.Parse(entry.Name ?? "");
            models[name] = new ModelPolicy(
                entry.Pin,
                entry.Protect,
                entry.IdleUnload?.Value ?? standard.IdleUnload,
                entry.Context ?? standard.Context,
                entry.Parallel ?? standard.Parallel);
            foreach (var other in entry.Aliases)
            {
                aliases[other] = [name];
            }
        }

        var node = config.Node.Name is { Length: > 0 } chosen ? chosen : Environment.MachineName;
        return new DaemonSettings
        {
            NodeName = node,
            MaximumWait = daemon.Queue.MaxWait.Value,
            PullOnDemand = daemon.PullOnDemand,
            Aliases = aliases.ToImmutable(),
            Policy = new ResidencyPolicy
            {
                Node = node,
                DefaultModel = standard,
                Models = models.ToImmutable(),
                Reserve = daemon.Memory.Reserve,
                AllowCpuOffload = daemon.Memory.CpuOffload == CpuOffload.Allow,
                MinimumResidency = daemon.Memory.MinResidency.Value,
                MaximumHold = daemon.Queue.MaxHold.Value,
                MaximumWaiting = daemon.Queue.MaxWaiting,
                MaximumWait = daemon.Queue.MaxWait.Value,
                LoadTimeout = daemon.LoadTimeout.Value,
            },
        };
    }
}
