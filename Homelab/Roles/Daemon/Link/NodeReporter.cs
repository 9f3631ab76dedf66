using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon.Link;

/// <summary>Puts this machine's state into a heartbeat: what it holds, what is on its disk, how fast it was found to be. Reads memory only. Any thread.</summary>
/// <param name="parts">The daemon.</param>
/// <param name="facts">Who it is.</param>
/// <param name="config">Where it listens and what it opens.</param>
/// <param name="rates">What was measured of its models.</param>
/// <param name="bootId">Random, new at every start.</param>
internal sealed class NodeReporter(DaemonParts parts, DaemonFacts facts, DaemonConfig config, RateBook rates, string bootId)
{
    private readonly NodeInventoryReading _inventory = new(parts);
    private volatile string _state = "live";

    /// <summary>Kinds of command that are carried out.</summary>
    public static IReadOnlyList<string> Capabilities { get; } = ["load", "unload", "pull", "delete", "cancel", "fit", "infra_roots", "infra_list", "infra_read"];

    /// <summary>The port that others reach the daemon at; set once it listens.</summary>
    public int Port { get; set; }

    /// <summary>Whether this is the last that is said.</summary>
    public bool IsLeaving => _state == "leaving";

    /// <summary>From now on this machine takes nothing new.</summary>
    public void StartDraining() => _state = "draining";

    /// <summary>From now on this machine is gone.</summary>
    public void Leave() => _state = "leaving";

    public HeartbeatWire Report(BeatTerms terms)
    {
        var snapshot = parts.Loop.Snapshot;
        var now = parts.Clock.Now;
        var inventory = _inventory.Models(snapshot);
        return new HeartbeatWire(
            ClusterProtocol.Version,
            facts.NodeId,
            bootId,
            terms.Sequence,
            parts.Settings.NodeName,
            BuildInformation.Version,
            _state,
            terms.Hold.TotalSeconds,
            Port,
            config.Listen.TrueForAll(static l => ListenAddress.TryParse(l, out var address, out _) && address.IsLoopback),
            terms.AccessKey,
            EngineReading.Of(parts, facts),
            DeviceUse.Wires(snapshot),
            [.. snapshot.Models.Values.Where(m => m.Replica is not null || m.Load is not null).SelectMany(m => Replicas(snapshot, m, now))],
            NodeInventoryReading.DigestOf(inventory),
            terms.EpochSeen,
            config.Advertise is { Length: > 0 } advertised ? advertised : null,
            Exposed(),
            Placement.LargestBudget(snapshot).Bytes,
            snapshot.Policy.AllowCpuOffload,
            snapshot.Waiters.Count,
            terms.WithInventory ? NodeInventoryReading.Bounded(inventory) : null,
            facts.Labels,
            Capabilities,
            terms.Results);
    }

    /// <summary>Where <c>expose</c> is set, the engine's address as another machine would call it: one on loopback under the name by which this machine is
    /// advertised, and where there is none under <c>0.0.0.0</c>, for which the hub puts the address that it sees.</summary>
    private string? Exposed()
    {
        if (!config.Engines.Ollama.Expose || parts.Engine.IsSimulated || !Uri.TryCreate(config.Engines.Ollama.Url, UriKind.Absolute, out var url))
        {
            return null;
        }

        var host = Uri.TryCreate(config.Advertise, UriKind.Absolute, out var advertised) ? advertised.Host : "0.0.0.0";
        return (url.IsLoopback ? new UriBuilder(url) { Host = host }.Uri : url).GetLeftPart(UriPartial.Authority);
    }

    /// <summary>One for each name of the replica. The memory is told once, with the primary name; the others share it.</summary>
    private IEnumerable<HeartbeatReplicaWire> Replicas(ResidencySnapshot snapshot, ModelRecord record, TimeSpan now)
    {
        var served = record.Name.IsApp ? [] : parts.Catalog.ServedByApps;
        var primary = Replica(snapshot, record, now);
        if (!served.Contains(record.Name))
        {
            yield return primary;
        }

        foreach (var member in parts.Catalog.MembersOf(record.Name))
        {
            if (member.Name != record.Name && !served.Contains(member.Name))
            {
                yield return primary with { Model = member.Name.Value, Bytes = 0, Allocation = [], EngineModel = parts.Loop.Model(record.Name).EngineNameOf(member.Name) };
            }
        }
    }

    private HeartbeatReplicaWire Replica(ResidencySnapshot snapshot, ModelRecord record, TimeSpan now)
    {
        var policy = snapshot.Policy.For(record.Name);
        var local = parts.Loop.Model(record.Name);
        var measured = rates.Of(record.Name.Value);
        var leases = local.Gate.Leases;
        var waiting = snapshot.Waiters.Count(w => w.Model == record.Name && !w.IsOperator);
        var common = new HeartbeatReplicaWire(record.Name.Value, "loading", 0, [], leases, Math.Max(1, policy.Parallel), waiting)
        {
            Pinned = policy.Pin,
            Protected = policy.Protect,
            ServiceSeconds = measured.ServiceSeconds,
            PrefillTokensPerSecond = measured.PrefillTokensPerSecond,
            DecodeTokensPerSecond = measured.DecodeTokensPerSecond,
        };
        if (record.Replica is not { } replica)
        {
            var load = record.Load!;
            return common with
            {
                Bytes = load.Allocation.Sum(a => a.Bytes.Bytes),
                Allocation = [.. load.Allocation.Select(a => new AllocationWire(a.Device, a.Bytes.Bytes))],
                ReloadSeconds = load.Expected.TotalSeconds,
                Context = load.Settings.Context is > 0 and var planned ? planned : null,
                RemainingLoadSeconds = Math.Max(0, (load.SentAt is { } sent ? load.Expected - (now - sent) : load.Expected).TotalSeconds),
            };
        }

        var used = local.Gate.LastUsed > replica.LastUsed ? local.Gate.LastUsed : replica.LastUsed;
        return common with
        {
            State = replica.Leaving is not null || record.State == ModelState.Unloading ? "unloading" : leases > 0 ? "leased" : "hot",
            Bytes = replica.Allocation.Sum(a => a.Bytes.Bytes),
            Allocation = [.. replica.Allocation.Select(a => new AllocationWire(a.Device, a.Bytes.Bytes))],
            IdleSeconds = leases > 0 ? 0 : Math.Max(0, (now - used).TotalSeconds),
            KeptSeconds = Math.Max(0, (EvictionCandidates.StaysUntil(snapshot, replica) - now).TotalSeconds),
            ReloadSeconds = replica.LoadTime.TotalSeconds,
            UsesPerSecond = UseTracking.RateAt(replica, now),
            EngineModel = local.EngineName,
            Context = replica.Settings.Context is > 0 and var context ? context : null,
        };
    }
}
