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
    /// <summary>What the engine itself expects the load to need, see <see cref="OllamaForecast"/>.</summary>
    public ByteSize Forecast { get; init; }

    /// <summary>The terms by what is known of the model: its metadata, or the size of its file, or nothing at all.</summary>
    /// <param name="snapshot">The node.</param>
    /// <param name="record">The model.</param>
    /// <param name="context">Tokens for each sequence; null: as configured.</param>
    public static LoadTerms Of(ResidencySnapshot snapshot, ModelRecord record, int? context = null)
    {
        if (record.Installed?.App is { } app)
        {
            var none = new LoadSettings(0, 1);
            return new LoadTerms(none, none, app.Estimate, app.Estimate, app.Expected);
        }

        var policy = snapshot.Policy.For(record.Name);
        policy = context is { } asked ? policy with { Context = asked } : policy;
        var defaults = snapshot.EngineDefaults;
        var settings = new LoadSettings(policy.Context, defaults.Sequences);
        var resolved = settings;
        MemoryEstimate uncorrected, estimate;
        ByteSize forecast;
        if (record.Facts is { } facts)
        {
            var room = EmptyRoom(snapshot);
            var digest = record.Installed?.Digest ?? "";
            var tokens = ContextPolicy.Resolve(facts, policy.Context, GpuBytes(snapshot), defaults.Context);
            forecast = OllamaForecast.FromFacts(facts, tokens, MemoryEstimator.Sequences(facts, settings));
            var onGpu = HasOwnMemory(snapshot);
            var sizes = EngineChoices(settings with { Context = tokens }, policy.Context == 0 && facts.OwnContext == 0 && defaults.Context == 0)
                .SelectMany(size => Batches(facts, size, GpuBytes(snapshot)));
            (resolved, uncorrected, estimate) = sizes
                .Select(size => (Settings: size, Formula: MemoryEstimator.FromFacts(facts, size, onGpu)))
                .Select(choice => (choice.Settings, choice.Formula, Corrected: snapshot.Corrections.Apply(choice.Formula, digest, facts.Architecture, choice.Settings, snapshot.EngineVersion)))
                .Aggregate((best, next) => best.Corrected.Total <= room ? best : next);
        }
        else
        {
            uncorrected = MemoryEstimator.FromFileSize(record.Installed?.FileSize ?? ByteSize.Zero);
            estimate = snapshot.Corrections.Apply(uncorrected, record.Installed?.Digest ?? "", "", resolved, snapshot.EngineVersion);
            forecast = uncorrected.Weights + uncorrected.KeyValueCache;
        }

        var rate = Math.Max(1, (snapshot.MeasuredLoadRate ?? snapshot.Policy.AssumedLoadRate).Bytes);
        return new LoadTerms(settings, resolved, uncorrected, estimate, TimeSpan.FromSeconds((double)estimate.Weights.Bytes / rate)) { Forecast = forecast };
    }

    /// <summary>All GPUs together, used or not.</summary>
    public static ByteSize GpuBytes(ResidencySnapshot snapshot) =>
        new(snapshot.Devices.Values.Where(d => d.Kind != DeviceKind.Ram).Sum(d => d.Total.Bytes));

    /// <summary>What an engine that is left to choose will settle for, largest first: Ollama starts with the context for the GPUs' size and
    /// goes down to 32k and 4k where that does not load (<c>nextLowerAutoNumCtx</c> in its <c>server/sched.go</c>). So a model is too large
    /// only where the least of these is. Where anybody named a context there is one choice.</summary>
    private static IEnumerable<LoadSettings> EngineChoices(LoadSettings wanted, bool isAutomatic)
    {
        yield return wanted;
        foreach (var context in (int[])[32_768, 4_096])
        {
            if (isAutomatic && context < wanted.Context)
            {
                yield return wanted with { Context = context };
            }
        }
    }

    /// <summary>The same with the batch that Ollama takes where memory is plenty, and with the least, which it takes before it makes room for a large one.</summary>
    private static IEnumerable<LoadSettings> Batches(GgufFacts facts, LoadSettings size, ByteSize gpus)
    {
        var sequences = MemoryEstimator.Sequences(facts, size);
        var batch = GenerationBatch.For((double)size.Context * sequences, OllamaForecast.FromFacts(facts, size.Context, sequences), gpus);
        if (!facts.IsEmbedder && batch > MemoryEstimator.GenerationBatch)
        {
            yield return size with { Batch = batch };
        }

        yield return size;
    }

    /// <summary>Whether models lie on GPUs whose memory is not the machine's.</summary>
    private static bool HasOwnMemory(ResidencySnapshot snapshot) =>
        snapshot.Devices.Values.Any(d => d.Kind is not (DeviceKind.Ram or DeviceKind.Metal));

    /// <summary>What models could hold on this node if it held none: of the GPUs, or of RAM where there is no GPU or offloading is allowed.</summary>
    private static ByteSize EmptyRoom(ResidencySnapshot snapshot)
    {
        var gpus = snapshot.Devices.Values.Any(d => d.Kind != DeviceKind.Ram);
        return new ByteSize(snapshot.Devices.Values
            .Where(d => d.Kind != DeviceKind.Ram || !gpus || snapshot.Policy.AllowCpuOffload)
            .Sum(d => Math.Max(0, (d.Total - d.Reserve).Bytes)));
    }
}
