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
            var room = EmptyRoom(snapshot);
            var digest = record.Installed?.Digest ?? "";
            var sizes = EngineChoices(settings with { Context = ContextPolicy.Resolve(facts, policy.Context, GpuBytes(snapshot)) }, policy.Context == 0);
            (resolved, uncorrected, estimate) = sizes
                .Select(size => (Settings: size, Formula: MemoryEstimator.FromFacts(facts, size)))
                .Select(choice => (choice.Settings, choice.Formula, Corrected: snapshot.Corrections.Apply(choice.Formula, digest, facts.Architecture, choice.Settings)))
                .Aggregate((best, next) => best.Corrected.Total <= room ? best : next);
        }
        else
        {
            uncorrected = MemoryEstimator.FromFileSize(record.Installed?.FileSize ?? ByteSize.Zero);
            estimate = snapshot.Corrections.Apply(uncorrected, record.Installed?.Digest ?? "", "", resolved);
        }

        var rate = Math.Max(1, (snapshot.MeasuredLoadRate ?? snapshot.Policy.AssumedLoadRate).Bytes);
        return new LoadTerms(settings, resolved, uncorrected, estimate, TimeSpan.FromSeconds((double)estimate.Weights.Bytes / rate));
    }

    /// <summary>What an engine that is left to choose will settle for, largest first: Ollama starts with the context for the GPUs' size and
    /// goes down to 32k and 4k where that does not load, and one that we did not start serves one sequence unless told otherwise. So a model
    /// is too large only where the least of these is. With a context of ours there is one choice.</summary>
    private static IEnumerable<LoadSettings> EngineChoices(LoadSettings wanted, bool isAutomatic)
    {
        yield return wanted;
        if (!isAutomatic)
        {
            yield break;
        }

        foreach (var context in (int[])[wanted.Context, 32_768, 4_096])
        {
            if (context <= wanted.Context && (context < wanted.Context || wanted.Parallel > 1))
            {
                yield return wanted with { Context = context, Parallel = 1 };
            }
        }
    }

    /// <summary>What models could hold on this node if it held none: of the GPUs, or of RAM where there is no GPU or offloading is allowed.</summary>
    private static ByteSize EmptyRoom(ResidencySnapshot snapshot)
    {
        var gpus = snapshot.Devices.Values.Any(d => d.Kind != DeviceKind.Ram);
        return new ByteSize(snapshot.Devices.Values
            .Where(d => d.Kind != DeviceKind.Ram || !gpus || snapshot.Policy.AllowCpuOffload)
            .Sum(d => Math.Max(0, (d.Total - d.Reserve).Bytes)));
    }

    private static ByteSize GpuBytes(ResidencySnapshot snapshot) =>
        new(snapshot.Devices.Values.Where(d => d.Kind != DeviceKind.Ram).Sum(d => d.Total.Bytes));
}
