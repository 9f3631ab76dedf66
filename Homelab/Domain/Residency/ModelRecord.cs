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

    /// <summary>Set while hot, leased or unloading.</summary>
    public ReplicaRecord? Replica { get; init; }

    /// <summary>Set while a load is decided or under way.</summary>
    public LoadRecord? Load { get; init; }

    /// <summary>Set after a failed load until one succeeds.</summary>
    public FailureRecord? Failure { get; init; }
}
