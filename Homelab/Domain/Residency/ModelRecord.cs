using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Everything the scheduler knows of one model on this node.</summary>
/// <param name="Name">Canonical name; the primary one where several share a digest.</param>
/// <param name="State">Where it stands; moved only by <see cref="ModelLifecycle"/>.</param>
internal sealed record ModelRecord(ModelName Name, ModelState State)
{
    /// <summary>As the engine lists it; null for a model that is absent or being pulled.</summary>
    public InstalledModel? Installed { get; init; }

    /// <summary>Its metadata; null until it was inspected.</summary>
    public GgufFacts? Facts { get; init; }

    /// <summary>Set while the engine is being asked for the metadata.</summary>
    public bool Inspecting { get; init; }

    /// <summary>Set when the metadata could not be read: the estimate falls back to the size of the file.</summary>
    public bool InspectionFailed { get; init; }

    /// <summary>Of an app: whether its files are there, verified; void again after each start.</summary>
    public bool FilesReady { get; init; }

    /// <summary>Whether everything is known that a load needs to be planned. An app's files come before its memory.</summary>
    public bool IsKnown => Name.IsApp ? FilesReady : Facts is not null || InspectionFailed;

    /// <summary>Set while hot, leased or unloading.</summary>
    public ReplicaRecord? Replica { get; init; }

    /// <summary>Set while a load is decided or under way.</summary>
    public LoadRecord? Load { get; init; }

    /// <summary>Set after a failed load until one succeeds.</summary>
    public FailureRecord? Failure { get; init; }

    /// <summary>Of an app: how often in a row it could not be started, or ended soon after.</summary>
    public int Crashes { get; init; }

    /// <summary>Set after a load that ran out of memory in spite of its estimate: the next one evicts something idle first, whatever the estimate says, and is the last try.</summary>
    public bool MakesRoom { get; init; }

    /// <summary>When its last load, unload or pull ended; an observation asked for before that is stale. Null: never.</summary>
    public TimeSpan? ChangedAt { get; init; }

    /// <summary>Set when an operator unloaded it: a pin is not kept until somebody asks for the model again.</summary>
    public bool KeptOut { get; init; }

    /// <summary>Why its pin cannot be kept, as announced; null while it can.</summary>
    public string? PinProblem { get; init; }

    /// <summary>While somebody waits for it: the turn at which each principal was served last, to serve them in rotation.</summary>
    public ImmutableSortedDictionary<string, long> Turns { get; init; } = NoTurns;

    /// <summary>Nobody was served yet.</summary>
    public static ImmutableSortedDictionary<string, long> NoTurns { get; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);
}
