namespace Homelab.Contracts;

/// <summary>GET <c>/models/fit</c>: whether, where and with what context a model fits a machine.</summary>
/// <param name="Model">Canonical name, or the file's.</param>
/// <param name="Node">The machine's name.</param>
/// <param name="Fits"><c>loaded</c>, <c>yes</c> (beside what is in memory), <c>after_evicting</c>, <c>after_unloading_protected</c> or <c>no</c>.</param>
/// <param name="Why">One sentence for people.</param>
/// <param name="Estimate">What it needs, term by term.</param>
/// <param name="Devices">What each device would hold.</param>
/// <param name="LargestContext">Longest context, in tokens, with which it fits beside what is in memory; 0: none. Absent where the model's metadata is not known.</param>
/// <param name="LargestContextAlone">The same on an otherwise empty machine.</param>
/// <param name="TrainedContext">What the model was trained for; absent where it does not say.</param>
/// <param name="Architecture">Of the model; absent where its metadata is not known.</param>
/// <param name="LargestBudgetBytes">The most that one model could hold on the empty machine.</param>
/// <param name="Others">At a hub: the other machines that have the model, best first.</param>
internal sealed record FitWire(
    string Model,
    string Node,
    string Fits,
    string Why,
    EstimateWire Estimate,
    IReadOnlyList<FitDeviceWire> Devices,
    int? LargestContext,
    int? LargestContextAlone,
    int? TrainedContext,
    string? Architecture,
    long LargestBudgetBytes,
    IReadOnlyList<FitNodeWire>? Others = null);
