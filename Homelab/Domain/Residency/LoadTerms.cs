using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>What loading one model on this node would mean: with what, how much memory, how long.</summary>
/// <param name="Settings">What the engine is asked for; its context is 0 where the configuration leaves it to the engine.</param>
/// <param name="Resolved">The same with the context that the engine will choose; memory is estimated and learnt with these.</param>
/// <param name="Uncorrected">The estimate from the formula alone.</param>
/// <param name="Estimate">The estimate after what was learnt on this node.</param>
/// <param name="Expected">How long the load should take.</param>
internal sealed record LoadTerms(LoadSettings Settings, LoadSettings Resolved, MemoryEstimate Uncorrected, MemoryEstimate Estimate, TimeSpan Expected)
{
    /// <summary>The terms by what is known of the model: its metadata, or the size of its file, or nothing at all.</summary>
    public static LoadTerms Of(ResidencySnapshot snapshot, ModelRecord record)
    {
        var policy = snapshot.Policy.For(record.Name);
        var settings = new LoadSettings(policy.Context, policy.Parallel);
        var resolved = settings;
        MemoryEstimate uncorrected, estimate;
        if (record.Facts is { } facts)
        {
            resolved = settings with { Context = ContextPolicy.Resolve(facts, policy.Context, GpuBytes(snapshot)) };
            uncorrected = MemoryEstimator.FromFacts(facts, resolved);
            estimate = snapshot.Corrections.Apply(uncorrected, record.Installed?.Digest ?? "", facts.Architecture, resolved);
        }
        else
        {
            uncorrected = MemoryEstimator.FromFileSize(record.Installed?.FileSize ?? ByteSize.Zero);
            estimate = snapshot.Corrections.Apply(uncorrected, record.Installed?.Digest ?? "", "", resolved);
        }

        var rate = Math.Max(1, (snapshot.MeasuredLoadRate ?? snapshot.Policy.AssumedLoadRate).Bytes);
        return new LoadTerms(settings, resolved, uncorrected, estimate, TimeSpan.FromSeconds((double)estimate.Weights.Bytes / rate));
    }

    private static ByteSize GpuBytes(ResidencySnapshot snapshot) =>
        new(snapshot.Devices.Values.Where(d => d.Kind != DeviceKind.Ram).Sum(d => d.Total.Bytes));
}
