using System.Collections.Immutable;
using System.Net;
using Homelab.Contracts;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Domain.Residency;
using Homelab.Telemetry;

namespace Homelab.Roles.Hub;

/// <summary>Turns a heartbeat from the wire into the domain's: checks every figure, turns ages into the hub's own time, and finds out where the node is reached.
/// Nothing absurd gets past it.</summary>
internal sealed class HeartbeatReader
{
    private const int LongestText = 256;
    private const int LongestReason = 1000;
    private const int MostModels = 10_000;
    private const int MostReplicas = 1_000;
    private const int MostDevices = 64;
    private const int MostLabels = 64;
    private const int MostResults = 10_000;
    private const int MostCount = 1_000_000;
    private const long MostBytes = 1L << 53;

    /// <summary>A year; longer ages and times are cut to it.</summary>
    private const double LongestSeconds = 366 * 86_400d;

    private readonly HeartbeatWire _wire;
    private readonly IPAddress? _remote;
    private readonly TimeSpan _now;
    private string? _problem;

    private HeartbeatReader(HeartbeatWire wire, IPAddress? remote, TimeSpan now)
    {
        _wire = wire;
        _remote = remote;
        _now = now;
    }

    /// <summary>Reads a heartbeat.</summary>
    /// <param name="wire">As it came.</param>
    /// <param name="remote">Where it came from.</param>
    /// <param name="now">The hub's time.</param>
    /// <param name="problem">Where it is refused: which field, and what is wrong with it.</param>
    /// <returns>Null where it is refused.</returns>
    public static HeartbeatReport? Read(HeartbeatWire wire, IPAddress? remote, TimeSpan now, out string? problem)
    {
        var reader = new HeartbeatReader(wire, remote, now);
        var report = reader.Read();
        problem = reader._problem;
        return problem is null ? report : null;
    }

    private HeartbeatReport? Read()
    {
        Need(_wire.Protocol >= 1, "protocol", "must be a number from 1");
        Text(_wire.NodeId, "node_id");
        Text(_wire.BootId, "boot_id");
        Need(_wire.Sequence >= 1, "sequence", "must be a number from 1");
        Text(_wire.Name, "name");
        Text(_wire.Version, "version");
        Text(_wire.AccessKey, "access_key");
        Need(double.IsFinite(_wire.HoldSeconds) && _wire.HoldSeconds >= 0, "hold_seconds", "must be a number of seconds");
        Need(_wire.Port is >= 0 and <= 65_535, "port", "must be a port");
        Need(_wire.Engine is { Name.Length: > 0 and <= LongestText }, "engine", "is missing");
        Need(_wire.Devices is { Count: <= MostDevices }, "devices", $"must be a list of at most {MostDevices}");
        Need(_wire.Replicas is { Count: <= MostReplicas }, "replicas", $"must be a list of at most {MostReplicas}");
        Need(_wire.InventoryDigest is { Length: <= LongestText }, "inventory_digest", "is missing");
        Need(_wire.Inventory is null or { Count: <= MostModels }, "inventory", $"must be a list of at most {MostModels}");
        Need(_wire.Results is null or { Count: <= MostResults }, "results", $"must be a list of at most {MostResults}");
        Need(_wire.Labels is null || (_wire.Labels.Count <= MostLabels && _wire.Labels.All(l => l.Key.Length <= LongestText && l.Value is { Length: <= LongestText })), "labels", $"must be at most {MostLabels} short texts");
        var state = _wire.State switch { "live" => NodeReportState.Live, "draining" => NodeReportState.Draining, "leaving" => NodeReportState.Leaving, _ => (NodeReportState?)null };
        Need(state is not null, "state", "must be live, draining or leaving");
        if (_problem is not null)
        {
            return null;
        }

        var report = new HeartbeatReport(_wire.NodeId, _wire.BootId, _wire.Sequence)
        {
            Name = Printable.OneLine(_wire.Name, 64),
            State = state!.Value,
            EpochSeen = _wire.EpochSeen,
            Version = Printable.OneLine(_wire.Version, 64),
            Address = Address(),
            ExposedEngine = Exposed(),
            Engine = Printable.OneLine(_wire.Engine.Name, 64),
            EngineUp = _wire.Engine.State == "up",
            EngineProblem = _wire.Engine.Problem is { } trouble ? Printable.OneLine(trouble, LongestReason) : null,
            Simulated = _wire.Engine.Simulated,
            Devices = [.. _wire.Devices.Select(Device)],
            LargestBudget = Bytes(_wire.LargestBudgetBytes, "largest_budget_bytes"),
            Waiting = Count(_wire.QueueDepth, "queue_depth"),
            Labels = _wire.Labels?.ToImmutableSortedDictionary(StringComparer.Ordinal) ?? ImmutableSortedDictionary<string, string>.Empty,
            Capabilities = [.. (_wire.Capabilities ?? []).Take(32)],
            Replicas = [.. _wire.Replicas.Select(Replica).OrderBy(r => r.Model)],
            InventoryDigest = _wire.InventoryDigest,
            Inventory = _wire.Inventory is { } list ? Inventory(list) : null,
            Results = [.. (_wire.Results ?? []).Select(Result)],
        };
        Need(report.Replicas.DistinctBy(r => r.Model).Count() == report.Replicas.Length, "replicas", "must name each model once");
        return _problem is null ? report : null;
    }

    private string? Address()
    {
        if (_wire.Address is { Length: > 0 } told)
        {
            return Url(told, "address");
        }

        if (_remote is null || _wire.Port == 0)
        {
            return null;
        }

        var remote = _remote.IsIPv4MappedToIPv6 ? _remote.MapToIPv4() : _remote;
        return _wire.LoopbackOnly && !IPAddress.IsLoopback(remote) ? null : $"http://{new IPEndPoint(remote, _wire.Port)}";
    }

    /// <summary>An engine without an address of its own (<c>0.0.0.0</c>) is where the node is seen.</summary>
    private string? Exposed()
    {
        if (_wire.EngineExposed is not { } told || Url(told, "engine_exposed") is not { } url)
        {
            return null;
        }

        var remote = _remote is { IsIPv4MappedToIPv6: true } ? _remote.MapToIPv4() : _remote;
        return new Uri(url) is not { Host: "0.0.0.0" } any ? url : remote is null ? null : $"{any.Scheme}://{new IPEndPoint(remote, any.Port)}";
    }

    private string? Url(string text, string field)
    {
        if (text.Length <= LongestText && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0)
        {
            return url.GetLeftPart(UriPartial.Authority);
        }

        Refuse(field, "must be like http://192.168.1.20:42420");
        return null;
    }

    private DeviceSnapshot Device(DeviceWire device)
    {
        Text(device.Name, "devices.name");
        var kind = device.Kind switch
        {
            "ram" => DeviceKind.Ram,
            "cuda" => DeviceKind.Cuda,
            "rocm" => DeviceKind.Rocm,
            "metal" => DeviceKind.Metal,
            "vulkan" => DeviceKind.Vulkan,
            _ => (DeviceKind?)null,
        };

        // A kind of a later version is memory all the same.
        var total = Bytes(device.TotalBytes, "devices.total_bytes");
        return new DeviceSnapshot(
            device.Name,
            kind ?? DeviceKind.Vulkan,
            total,
            ByteSize.Min(total, Bytes(device.UsedByOthersBytes, "devices.used_by_others_bytes")),
            Bytes(device.ReserveBytes ?? 0, "devices.reserve_bytes"));
    }

    private NodeReplica Replica(HeartbeatReplicaWire replica)
    {
        var state = replica.State switch
        {
            "loading" => ModelState.Loading,
            "hot" => ModelState.Hot,
            "leased" => ModelState.Leased,
            "unloading" => ModelState.Unloading,
            _ => (ModelState?)null,
        };
        Need(state is not null, "replicas.state", "must be loading, hot, leased or unloading");
        Need(double.IsFinite(replica.UsesPerSecond) && replica.UsesPerSecond is >= 0 and <= MostCount, "replicas.uses_per_second", "must be a small number");
        return new NodeReplica(Model(replica.Model, "replicas.model"), state ?? ModelState.Unloading)
        {
            Bytes = Bytes(replica.Bytes, "replicas.bytes"),
            Allocation = [.. (replica.Allocation ?? []).Take(MostDevices).Select(a => new DeviceAllocation(a.Device ?? "", Bytes(a.Bytes, "replicas.allocation.bytes")))],
            Leases = Count(replica.Leases, "replicas.leases"),
            Capacity = Math.Max(1, Count(replica.Capacity, "replicas.capacity")),
            Waiting = Count(replica.Waiting, "replicas.waiting"),
            LastUsed = _now - Seconds(replica.IdleSeconds, "replicas.idle_seconds"),
            KeptUntil = _now + Seconds(replica.KeptSeconds, "replicas.kept_seconds"),
            ReloadTime = Seconds(replica.ReloadSeconds, "replicas.reload_seconds"),
            UsesPerSecond = replica.UsesPerSecond,
            Pinned = replica.Pinned,
            Protected = replica.Protected,
            Context = replica.Context,
            EngineModel = replica.EngineModel is { Length: <= LongestText } name ? name : replica.Model,
            ServiceTime = replica.ServiceSeconds is { } service ? Seconds(service, "replicas.service_seconds") : null,
            PrefillRate = Rate(replica.PrefillTokensPerSecond, "replicas.prefill_tokens_per_second"),
            DecodeRate = Rate(replica.DecodeTokensPerSecond, "replicas.decode_tokens_per_second"),
            ReadyAt = replica.RemainingLoadSeconds is { } left ? _now + Seconds(left, "replicas.remaining_load_seconds") : null,
        };
    }

    private NodeInventory Inventory(IReadOnlyList<InventoryModelWire> list)
    {
        var models = list.Select(Installed).ToList();
        Need(models.DistinctBy(m => m.Name).Count() == models.Count, "inventory", "must name each model once");
        return _problem is null ? NodeInventory.Of(_wire.InventoryDigest, models) : NodeInventory.None;
    }

    private NodeModel Installed(InventoryModelWire model)
    {
        var name = Model(model.Model, "inventory.model");
        return new NodeModel(
            name,
            model.Digest is { Length: <= LongestText } digest ? digest : "",
            Bytes(model.SizeBytes, "inventory.size_bytes"),
            Bytes(model.MemoryBytes, "inventory.memory_bytes"),
            Seconds(model.LoadSeconds, "inventory.load_seconds"))
        {
            Aliases = [.. (model.Aliases ?? []).Where(a => a is { Length: > 0 and <= LongestText }).Take(64)],
            Capabilities = [.. (model.Capabilities ?? []).Where(c => c is { Length: <= 64 }).Take(32)],
            Context = model.Context,
            IsEmbedder = model.Embedder,
            Pinned = model.Pinned,
            Protected = model.Protected,
            Failure = model.Failure is { } failure
                ? new FailureRecord(Printable.OneLine(failure.Reason ?? "", LongestReason), Count(failure.Attempts, "inventory.failure.attempts"), _now + Seconds(failure.RetrySeconds, "inventory.failure.retry_seconds"))
                : null,
            EngineEntry = model.Entry is { ValueKind: System.Text.Json.JsonValueKind.Object } entry ? entry.GetRawText() : "",
        };
    }

    private CommandReport Result(CommandResultWire result)
    {
        Text(result.Id, "results.id");
        var status = result.Status switch
        {
            "accepted" => CommandStatus.Accepted,
            "running" => CommandStatus.Running,
            "done" => CommandStatus.Done,
            "failed" => CommandStatus.Failed,
            "rejected" => CommandStatus.Rejected,
            "stale" => CommandStatus.Stale,
            _ => (CommandStatus?)null,
        };
        Need(status is not null, "results.status", "must be accepted, running, done, failed, rejected or stale");
        return new CommandReport(result.Id ?? "", status ?? CommandStatus.Rejected)
        {
            Progress = result.Progress is { Phase: { Length: <= 64 } phase } progress
                ? new CommandProgress(phase, progress.Status is { } words ? Printable.OneLine(words, LongestReason) : null, progress.CompletedBytes, progress.TotalBytes, Finite(progress.Fraction), Finite(progress.RemainingSeconds))
                : null,
            Code = result.Code is { Length: <= 64 } code ? code : null,
            Message = result.Message is { } message ? Printable.OneLine(message, LongestReason) : null,
            Result = result.Result is { } done
                ? new CommandResult(done.State ?? "", done.Bytes is { } bytes ? Bytes(bytes, "results.result.bytes").Bytes : null, Seconds(done.ElapsedSeconds, "results.result.elapsed_seconds"), done.Message is { } said ? Printable.OneLine(said, LongestReason) : null)
                : null,
        };
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private ModelName Model(string? text, string field)
    {
        if (text is { Length: <= LongestText } && ModelName.TryParse(text, out var name))
        {
            return name;
        }

        Refuse(field, "must be a model's name");
        return ModelName.Parse("none");
    }

    private ByteSize Bytes(long bytes, string field)
    {
        Need(bytes is >= 0 and <= MostBytes, field, "must be a number of bytes from 0 to 2^53");
        return new ByteSize(Math.Clamp(bytes, 0, MostBytes));
    }

    private int Count(int count, string field)
    {
        Need(count is >= 0 and <= MostCount, field, $"must be a number from 0 to {MostCount}");
        return Math.Clamp(count, 0, MostCount);
    }

    private TimeSpan Seconds(double seconds, string field)
    {
        Need(double.IsFinite(seconds) && seconds >= 0, field, "must be a number of seconds");
        return TimeSpan.FromSeconds(double.IsFinite(seconds) ? Math.Clamp(seconds, 0, LongestSeconds) : 0);
    }

    private double? Rate(double? rate, string field)
    {
        Need(rate is null || (double.IsFinite(rate.Value) && rate > 0), field, "must be a positive number");
        return _problem is null ? rate : null;
    }

    private void Text(string? text, string field)
    {
        if (string.IsNullOrEmpty(text))
        {
            Refuse(field, "is missing");
        }
        else
        {
            Need(text.Length <= LongestText, field, $"must be at most {LongestText} characters");
        }
    }

    private void Need(bool holds, string field, string wrong)
    {
        if (!holds)
        {
            Refuse(field, wrong);
        }
    }

    private void Refuse(string field, string wrong) => _problem ??= $"{field} {wrong}";
}
