using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon;

/// <summary>Shows the latest snapshot as gauges, when somebody scrapes.</summary>
internal sealed class MetricsPublisher
{
    private readonly ResidencyLoop _loop;
    private readonly HomelabMetrics _metrics;
    private readonly HashSet<string> _models = new(StringComparer.Ordinal);

    public MetricsPublisher(ResidencyLoop loop, HomelabMetrics metrics)
    {
        _loop = loop;
        _metrics = metrics;
        metrics.Registry.AddBeforeCollectCallback(Publish);
    }

    /// <summary>A model that somebody only asked to pull has a record too, under whatever name they made up; such a name is no label.</summary>
    private static bool IsHere(ModelRecord record) => record is { Installed: not null } or { Replica: not null } or { Load: not null };

    /// <summary>As the control API writes it.</summary>
    private static string Label(ModelState state) => state == ModelState.OnDisk ? "on_disk" : state.ToString().ToLowerInvariant();

    private void Publish()
    {
        var snapshot = _loop.Snapshot;
        _metrics.QueueDepth.Set(snapshot.Waiters.Count);
        foreach (var record in snapshot.Models.Values.Where(IsHere))
        {
            _models.Add(record.Name.Value);
            _metrics.Leases.WithLabels(record.Name.Value).Set(_loop.Model(record.Name).Gate.Leases);
            foreach (var state in Enum.GetValues<ModelState>())
            {
                _metrics.ModelState.WithLabels(record.Name.Value, Label(state)).Set(record.State == state ? 1 : 0);
            }
        }

        // A deleted model takes its series with it, so that their number follows what is installed.
        foreach (var gone in _models.Where(m => !ModelName.TryParse(m, out var name) || snapshot.Models.GetValueOrDefault(name) is not { } record || !IsHere(record)).ToList())
        {
            _models.Remove(gone);
            _metrics.Leases.RemoveLabelled(gone);
            foreach (var state in Enum.GetValues<ModelState>())
            {
                _metrics.ModelState.RemoveLabelled(gone, Label(state));
            }
        }

        foreach (var use in DeviceUse.Of(snapshot))
        {
            _metrics.MemoryBytes.WithLabels(use.Device.Name, "total").Set(use.Device.Total.Bytes);
            _metrics.MemoryBytes.WithLabels(use.Device.Name, "models").Set(use.Held.Bytes);
            _metrics.MemoryBytes.WithLabels(use.Device.Name, "reserved").Set(use.Reserved.Bytes);
            _metrics.MemoryBytes.WithLabels(use.Device.Name, "others").Set(use.Device.UsedByOthers.Bytes);
            _metrics.MemoryBytes.WithLabels(use.Device.Name, "free").Set(DeviceUse.FreeOf(use).Bytes);
        }
    }
}
