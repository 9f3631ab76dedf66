using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Works out whether a model fits, by the rules by which it would be loaded. Pure; nothing is changed by asking.</summary>
internal static class FitPlanner
{
    /// <summary>Contexts are tried in steps of so many tokens, in which the engine allocates them.</summary>
    private const int Step = 256;

    /// <summary>The longest context looked at where the model does not say what it was trained for.</summary>
    private const int LongestUnstated = 1 << 20;

    /// <summary>The answer for one model.</summary>
    /// <param name="snapshot">The node.</param>
    /// <param name="record">The model, installed or not.</param>
    /// <param name="context">Tokens for each sequence; null: what a load would get.</param>
    public static ModelFit Of(ResidencySnapshot snapshot, ModelRecord record, int? context = null)
    {
        var terms = LoadTerms.Of(snapshot, record, context);
        var own = record.Replica?.Allocation ?? record.Load?.Allocation ?? [];
        var held = record.Replica is { Leaving: not null } ? [] : own;
        var beside = NodeRoom.Decided(snapshot).Plus(held.IsEmpty ? [] : [held]);
        var movable = ResidencyPlanner.WithoutImmovable(snapshot).Plus(!own.IsEmpty && EvictionCandidates.IsImmovable(snapshot, record.Name) ? [own] : []);
        var empty = NodeRoom.Empty(snapshot);
        var isLoaded = record.Replica is { Leaving: null } replica && (context is null || replica.Settings.Context == terms.Resolved.Context);
        var (verdict, room) = isLoaded ? (FitVerdict.Loaded, beside)
            : Allows(snapshot, terms, beside) ? (FitVerdict.Beside, beside)
            : Allows(snapshot, terms, movable) ? (FitVerdict.AfterEvicting, movable)
            : Allows(snapshot, terms, empty) ? (FitVerdict.AfterUnloadingProtected, empty)
            : (FitVerdict.Never, empty);
        ImmutableArray<DeviceRoom> free = [.. room.Rooms()];
        return new ModelFit(
            verdict,
            terms,
            Shares(snapshot, record, terms, free),
            free,
            Largest(snapshot, record, beside),
            Largest(snapshot, record, empty),
            Placement.LargestBudget(snapshot));
    }

    private static bool Allows(ResidencySnapshot snapshot, LoadTerms terms, NodeRoom room) => new LoadAdmission(snapshot, terms).Allows(room);

    private static int? Largest(ResidencySnapshot snapshot, ModelRecord record, NodeRoom room)
    {
        if (record.Facts is not { } facts)
        {
            return null;
        }

        var most = facts.TrainedContext > 0 ? facts.TrainedContext : LongestUnstated;
        if (Fits(most))
        {
            return most;
        }

        // Need only grows with the context. Between the step that fits and the one that does not.
        var (fits, fails) = (0, (most + Step - 1) / Step);
        while (fails - fits > 1)
        {
            var middle = (fits + fails) / 2;
            (fits, fails) = Fits(middle * Step) ? (middle, fails) : (fits, middle);
        }

        return fits * Step;

        bool Fits(int context) => Allows(snapshot, LoadTerms.Of(snapshot, record, context), room);
    }

    private static ImmutableArray<DeviceShare> Shares(ResidencySnapshot snapshot, ModelRecord record, LoadTerms terms, ImmutableArray<DeviceRoom> free)
    {
        if (record.Facts is not { } facts || free.IsEmpty)
        {
            return [];
        }

        var placed = DeviceFit.TryPlace(free, terms.Estimate, snapshot.Policy.AllowCpuOffload);
        var ram = free.Where(d => !d.IsGpu).MaxBy(d => d.Free)?.Name;
        List<DeviceRoom> gpus = [.. free.Where(d => d.IsGpu && (placed is not { } parts || parts.Any(a => a.Device == d.Name)))];
        if (gpus.Exists(gpu => gpu.Kind == DeviceKind.Metal))
        {
            ram = null;
        }

        var spills = gpus.Count > 0 && placed is { } spread && spread.Any(a => a.Device == ram);
        return LayerSplit.Over(facts, terms.Resolved, gpus, ram, spills ? Offloaded(facts, terms, gpus, ram) : LayerSplit.AllLayers);
    }

    /// <summary>The most layers whose shares all fit the GPUs; the engine finds them the same way (<c>llama_params_fit</c> in llama.cpp).</summary>
    private static int Offloaded(GgufFacts facts, LoadTerms terms, List<DeviceRoom> gpus, string? ram)
    {
        var (fits, fails) = (0, Math.Max(1, facts.BlockCount + 2));
        while (fails - fits > 1)
        {
            var middle = (fits + fails) / 2;
            var isWithin = LayerSplit.Over(facts, terms.Resolved, gpus, ram, middle)
                .All(share => gpus.Find(gpu => gpu.Name == share.Device) is not { } gpu || share.Total.Bytes * terms.Estimate.Correction <= gpu.Free.Bytes);
            (fits, fails) = isWithin ? (middle, fails) : (fits, middle);
        }

        return fits;
    }
}
