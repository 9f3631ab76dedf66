using Homelab.Contracts;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Control;

/// <summary>Estimates and fits as the control API tells them.</summary>
internal static class FitWires
{
    /// <param name="estimate">Corrected.</param>
    /// <param name="settings">That it was made with, context resolved.</param>
    public static EstimateWire Of(MemoryEstimate estimate, LoadSettings settings) => new(
        estimate.Weights.Bytes,
        estimate.KeyValueCache.Bytes,
        estimate.Compute.Bytes,
        estimate.Overhead.Bytes,
        estimate.Correction,
        estimate.Total.Bytes,
        estimate.Basis,
        settings.Context > 0 ? settings.Context : null,
        settings.Parallel,
        estimate.Observations > 0 ? estimate.Observations : null,
        Some(estimate.RecurrentState),
        Some(estimate.Projector),
        Some(estimate.ProjectorGraph),
        Some(estimate.OnHost),
        settings.Batch > 0 ? settings.Batch : null);

    /// <param name="fit">The answer.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="node">Name of the machine.</param>
    /// <param name="facts">The model's metadata; null where it is not known.</param>
    public static FitWire Of(ModelFit fit, string model, string node, GgufFacts? facts) => new(
        model,
        node,
        fit.Verdict switch
        {
            FitVerdict.Loaded => "loaded",
            FitVerdict.Beside => "yes",
            FitVerdict.AfterEvicting => "after_evicting",
            FitVerdict.AfterUnloadingProtected => "after_unloading_protected",
            _ => "no",
        },
        Why(fit),
        Of(fit.Terms.Estimate, fit.Terms.Resolved),
        [.. fit.Shares.Select(share => Of(share, fit))],
        fit.LargestBeside,
        fit.LargestAlone,
        facts is { TrainedContext: > 0 and var trained } ? trained : null,
        facts?.Architecture,
        fit.LargestBudget.Bytes);

    private static FitDeviceWire Of(DeviceShare share, ModelFit fit)
    {
        var device = fit.Free.First(d => d.Name == share.Device);
        return new FitDeviceWire(
            share.Device,
            DeviceWires.Kind(device.Kind),
            share.Layers,
            share.Weights.Bytes,
            share.KeyValueCache.Bytes,
            share.RecurrentState.Bytes,
            (share.Compute + share.Output).Bytes,
            share.Projector.Bytes,
            share.Overhead.Bytes,
            (long)Math.Round(share.Total.Bytes * fit.Terms.Estimate.Correction),
            device.Free.Bytes);
    }

    private static long? Some(ByteSize bytes) => bytes > ByteSize.Zero ? bytes.Bytes : null;

    private static string Why(ModelFit fit)
    {
        var need = fit.Terms.Estimate.Total;
        return fit.Verdict switch
        {
            FitVerdict.Loaded => $"it is in memory; a load needs {need}",
            FitVerdict.Beside => $"its {need} fit beside what is in memory",
            FitVerdict.AfterEvicting => $"its {need} fit once other models are evicted, which a request does by itself",
            FitVerdict.AfterUnloadingProtected => $"its {need} fit only where pinned or protected models are unloaded by hand",
            _ when fit.LargestAlone is > 0 and var context && context < fit.Terms.Resolved.Context => $"it needs {need} and the largest budget is {fit.LargestBudget}; with a context of {context} it fits",
            _ => $"it needs {need} and the largest budget is {fit.LargestBudget}; use a smaller model or a stronger quantisation",
        };
    }
}
