using System.Collections.Immutable;
using Homelab.Domain.Memory;

namespace Homelab.Domain.Residency;

/// <summary>Whether one load may go into a room: by our own budgets, and by the rules by which the engine would otherwise make room itself.
/// More room never turns a yes into a no.</summary>
internal sealed class LoadAdmission
{
    private readonly ResidencySnapshot _snapshot;
    private readonly LoadTerms _terms;
    private readonly int? _maximum;
    private readonly bool _isApp;

    public LoadAdmission(ResidencySnapshot snapshot, LoadTerms terms)
    {
        _isApp = terms.Estimate.MainMemory is not null;
        _snapshot = snapshot;
        _terms = terms;
        _maximum = snapshot.EngineLimits.Maximum(snapshot.Devices.Values);
    }

    public static LoadAdmission Of(ResidencySnapshot snapshot, ModelRecord record) => new(snapshot, LoadTerms.Of(snapshot, record));

    /// <summary>Whether more models are in memory, or on their way there, than the engine holds.</summary>
    public static bool IsOvercrowded(ResidencySnapshot snapshot, NodeRoom room) =>
        room.Replicas > (snapshot.EngineLimits.Maximum(snapshot.Devices.Values) ?? int.MaxValue);

    public bool Allows(NodeRoom room) => EngineAllows(room) && TryPlace(room, out _);

    /// <summary>Whether the engine would load it there without making room.</summary>
    public bool EngineAllows(NodeRoom room) => _isApp || (HasPlace(room) && HasHeadroom(room));

    /// <summary>Where it would lie, as far as our own budgets say.</summary>
    public bool TryPlace(NodeRoom room, out ImmutableArray<DeviceAllocation> allocation) => Placement.TryPlace(_snapshot, room, _terms.Estimate, out allocation);

    /// <summary>The engine's rule that a room breaks which would be enough by our own budgets, in words; null where that is not the reason.</summary>
    public string? LimitIn(NodeRoom room) =>
        EngineAllows(room) || !TryPlace(room, out _) ? null
        : HasPlace(room) ? EngineLimits.HeadroomInWords(_terms.Forecast)
        : EngineLimits.CountInWords(_maximum!.Value);

    private bool HasPlace(NodeRoom room) => _maximum is not { } maximum || room.Replicas < maximum;

    // Ollama takes one GPU where that is enough, else all of one kind together; what is alone in memory may go as far as it likes.
    private bool HasHeadroom(NodeRoom room)
    {
        if (!_snapshot.EngineLimits.NeedsHeadroom || room.Replicas == 0)
        {
            return true;
        }

        var gpus = room.BeyondReserve().Where(d => d.IsGpu).ToArray();
        return gpus.Length == 0
            || Array.Exists(gpus, gpu => IsWithin(gpu.Free.Bytes))
            || gpus.GroupBy(gpu => gpu.Kind).Select(kind => kind.Sum(gpu => gpu.Free.Bytes)).Max() is var most && IsWithin(most);
    }

    private bool IsWithin(long free) => _terms.Forecast.Bytes <= (long)((Int128)free * EngineLimits.HeadroomPercent / 100);
}
