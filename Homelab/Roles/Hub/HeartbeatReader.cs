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
    private const int LongestReason = 1000;
    private const int MostModels = 10_000;
    private const int MostReplicas = 1_000;
    private const int MostDevices = 64;
    private const int MostLabels = 64;
    private const int MostResults = 10_000;
    private const int LongestText = HeartbeatChecks.LongestText;
    private const int MostCount = HeartbeatChecks.MostCount;

    private readonly HeartbeatWire _wire;
    private readonly IPAddress? _remote;
    private readonly TimeSpan _now;
    private readonly HeartbeatChecks _check = new();

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
        problem = reader._check.Problem;
        return problem is null ? report : null;
    }

    private HeartbeatReport? Read()
    {
        _check.Need(_wire.Protocol >= 1, "protocol", "must be a number from 1");
        _check.Text(_wire.NodeId, "node_id");
        _check.Text(_wire.BootId, "boot_id");
        _check.Need(_wire.Sequence >= 1, "sequence", "must be a number from 1");
        _check.Text(_wire.Name, "name");
        _check.Text(_wire.Version, "version");
        _check.Text(_wire.AccessKey, "access_key");
        _check.Need(_wire.AccessKey is null || _wire.AccessKey.All(static c => c is > ' ' and <= '~'), "access_key", "must be visible ASCII");
        _check.Need(double.IsFinite(_wire.HoldSeconds) && _wire.HoldSeconds >= 0, "hold_seconds", "must be a number of seconds");
        _check.Need(_wire.Port is >= 0 and <= 65_535, "port", "must be a port");
        _check.Need(_wire.Engine is { Name.Length: > 0 and <= LongestText }, "engine", "is missing");
        _check.Need(_wire.Devices is { Count: <= MostDevices } && !_wire.Devices.Contains(null!), "devices", $"must be a list of at most {MostDevices}");
        _check.Need(_wire.Replicas is { Count: <= MostReplicas } && !_wire.Replicas.Contains(null!), "replicas", $"must be a list of at most {MostReplicas}");
        _check.Need(_wire.InventoryDigest is { Length: <= LongestText }, "inventory_digest", "is missing");
        _check.Need(_wire.Inventory is null || (_wire.Inventory.Count <= MostModels && !_wire.Inventory.Contains(null!)), "inventory", $"must be a list of at most {MostModels}");
        _check.Need(_wire.Results is null || (_wire.Results.Count <= MostResults && !_wire.Results.Contains(null!)), "results", $"must be a list of at most {MostResults}");
        _check.Need(_wire.Labels is null || (_wire.Labels.Count <= MostLabels && _wire.Labels.All(l => l.Key.Length <= LongestText && l.Value is { Length: <= LongestText })), "labels", $"must be at most {MostLabels} short texts");
        var state = _wire.State switch { "live" => NodeReportState.Live, "draining" => NodeReportState.Draining, "leaving" => NodeReportState.Leaving, _ => (NodeReportState?)null };
        _check.Need(state is not null, "state", "must be live, draining or leaving");
        if (_check.Problem is not null)
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
            LargestBudget = _check.Bytes(_wire.LargestBudgetBytes, "largest_budget_bytes"),
            Waiting = _check.Count(_wire.QueueDepth, "queue_depth"),
            Labels = _wire.Labels?.ToImmutableSortedDictionary(StringComparer.Ordinal) ?? ImmutableSortedDictionary<string, string>.Empty,
            Capabilities = [.. (_wire.Capabilities ?? []).Where(c => c is { Length: <= 64 }).Take(32)],
            Replicas = [.. _wire.Replicas.Select(Replica).OrderBy(r => r.Model)],
            InventoryDigest = _wire.InventoryDigest,
            Inventory = _wire.Inventory is { } list ? Inventory(list) : null,
            Results = [.. (_wire.Results ?? []).Select(Result)],
        };
        _check.Need(report.Replicas.DistinctBy(r => r.Model).Count() == report.Replicas.Length, "replicas", "must name each model once");
        return _check.Problem is null ? report : null;
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

        _check.Refuse(field, "must be like http://192.168.1.20:42420");
        return null;
    }

    private DeviceSnapshot Device(DeviceWire device)
    {
        _check.Text(device.Name, "devices.name");
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
        var total = _check.Bytes(device.TotalBytes, "devices.total_bytes");
        return new DeviceSnapshot(
            device.Name,
            kind ?? DeviceKind.Vulkan,
            total,
            ByteSize.Min(total, _check.Bytes(device.UsedByOthersBytes, "devices.used_by_others_bytes")),
            _check.Bytes(device.ReserveBytes ?? 0, "devices.reserve_bytes"))
        {
            Facts = new DeviceFacts
            {
                Product = device.Product is { } product ? Printable.OneLine(product, 128) : null,
                Uuid = device.Uuid is { } uuid ? Printable.OneLine(uuid, 128) : null,
                Utilisation = Finite(device.Utilization),
                Temperature = Finite(device.TemperatureCelsius),
                Power = Finite(device.PowerWatts),
                LinkGeneration = device.PcieGeneration,
                LinkWidth = device.PcieWidth,
                Age = device.StaleSeconds is { } age ? _check.Seconds(age, "devices.stale_seconds") : null,
                Problem = device.Problem is { } trouble ? Printable.OneLine(trouble, LongestReason) : null,
            },
        };
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
        _check.Need(state is not null, "replicas.state", "must be loading, hot, leased or unloading");
        _check.Need(double.IsFinite(replica.UsesPerSecond) && replica.UsesPerSecond is >= 0 and <= MostCount, "replicas.uses_per_second", "must be a small number");
        return new NodeReplica(_check.Model(replica.Model, "replicas.model"), state ?? ModelState.Unloading)
        {
            Bytes = _check.Bytes(replica.Bytes, "replicas.bytes"),
            Allocation = Allocation(replica.Allocation ?? []),
            Leases = _check.Count(replica.Leases, "replicas.leases"),
            Capacity = Math.Max(1, _check.Count(replica.Capacity, "replicas.capacity")),
            Waiting = _check.Count(replica.Waiting, "replicas.waiting"),
            LastUsed = _now - _check.Seconds(replica.IdleSeconds, "replicas.idle_seconds"),
            KeptUntil = _now + _check.Seconds(replica.KeptSeconds, "replicas.kept_seconds"),
            ReloadTime = _check.Seconds(replica.ReloadSeconds, "replicas.reload_seconds"),
            UsesPerSecond = replica.UsesPerSecond,
            Pinned = replica.Pinned,
            Protected = replica.Protected,
            Context = _check.Context(replica.Context, "replicas.context"),
            EngineModel = replica.EngineModel is { Length: <= LongestText } name ? name : replica.Model,
            ServiceTime = replica.ServiceSeconds is { } service ? _check.Seconds(service, "replicas.service_seconds") : null,
            PrefillRate = _check.Rate(replica.PrefillTokensPerSecond, "replicas.prefill_tokens_per_second"),
            DecodeRate = _check.Rate(replica.DecodeTokensPerSecond, "replicas.decode_tokens_per_second"),
            ReadyAt = replica.RemainingLoadSeconds is { } left ? _now + _check.Seconds(left, "replicas.remaining_load_seconds") : null,
        };
    }

    /// <summary>Its parts are within bounds together: whoever adds them up must not overflow.</summary>
    private ImmutableArray<DeviceAllocation> Allocation(IReadOnlyList<AllocationWire> parts)
    {
        _check.Need(parts.Count <= MostDevices && parts.All(static p => p is { Device.Length: > 0 and <= LongestText }), "replicas.allocation", $"must be a list of at most {MostDevices} devices");
        if (_check.Problem is not null)
        {
            return [];
        }

        var allocation = parts.Select(p => new DeviceAllocation(p.Device, _check.Bytes(p.Bytes, "replicas.allocation.bytes"))).ToImmutableArray();
        _check.Bytes(allocation.Sum(static a => a.Bytes.Bytes), "replicas.allocation");
        return allocation;
    }

    private NodeInventory Inventory(IReadOnlyList<InventoryModelWire> list)
    {
        var models = list.Select(Installed).ToList();
        _check.Need(models.DistinctBy(m => m.Name).Count() == models.Count, "inventory", "must name each model once");
        return _check.Problem is null ? NodeInventory.Of(_wire.InventoryDigest, models) : NodeInventory.None;
    }

    private NodeModel Installed(InventoryModelWire model)
    {
        var name = _check.Model(model.Model, "inventory.model");
        return new NodeModel(
            name,
            model.Digest is { Length: <= LongestText } digest ? digest : "",
            _check.Bytes(model.SizeBytes, "inventory.size_bytes"),
            _check.Bytes(model.MemoryBytes, "inventory.memory_bytes"),
            _check.Seconds(model.LoadSeconds, "inventory.load_seconds"))
        {
            Aliases = [.. (model.Aliases ?? []).Where(a => a is { Length: > 0 and <= LongestText }).Take(64)],
            Capabilities = [.. (model.Capabilities ?? []).Where(c => c is { Length: <= 64 }).Take(32)],
            Context = _check.Context(model.Context, "inventory.context"),
            IsEmbedder = model.Embedder,
            Pinned = model.Pinned,
            Protected = model.Protected,
            Failure = model.Failure is { } failure
                ? new FailureRecord(Printable.OneLine(failure.Reason ?? "", LongestReason), _check.Count(failure.Attempts, "inventory.failure.attempts"), _now + _check.Seconds(failure.RetrySeconds, "inventory.failure.retry_seconds"))
                : null,
            App = model.App is { Length: > 0 and <= LongestText } app
                ? new NodeApp(Printable.OneLine(app, 64), _check.Bytes(model.VramBytes, "inventory.vram_bytes"), _check.Seconds(model.IdleTimeoutSeconds, "inventory.idle_timeout_seconds"), ModelName.TryParse(model.Spelling, out var spelled) && spelled == name ? model.Spelling : null)
                : null,
            EngineEntry = model.Entry is { ValueKind: System.Text.Json.JsonValueKind.Object } entry ? entry.GetRawText() : "",
        };
    }

    private CommandReport Result(CommandResultWire result)
    {
        _check.Text(result.Id, "results.id");
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
        _check.Need(status is not null, "results.status", "must be accepted, running, done, failed, rejected or stale");
        return new CommandReport(result.Id ?? "", status ?? CommandStatus.Rejected)
        {
            Progress = result.Progress is { Phase: { Length: <= 64 } phase } progress
                ? new CommandProgress(Printable.OneLine(phase, 64), progress.Status is { } words ? Printable.OneLine(words, LongestReason) : null, progress.CompletedBytes, progress.TotalBytes, Finite(progress.Fraction), Finite(progress.RemainingSeconds))
                : null,
            Code = result.Code is { Length: <= 64 } code ? code : null,
            Message = result.Message is { } message ? Printable.OneLine(message, LongestReason) : null,
            Result = result.Result is { } done
                ? new CommandResult(Printable.OneLine(done.State ?? "", 64), done.Bytes is { } bytes ? _check.Bytes(bytes, "results.result.bytes").Bytes : null, _check.Seconds(done.ElapsedSeconds, "results.result.elapsed_seconds"), done.Message is { } said ? Printable.OneLine(said, LongestReason) : null)
                : null,
        };
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
