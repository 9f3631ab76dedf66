using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>A model that the engine has on disk, as it lists it.</summary>
/// <param name="Name">Canonical name.</param>
/// <param name="Digest">Of the manifest; two names with one digest are one model.</param>
/// <param name="FileSize">Bytes on disk.</param>
/// <param name="Capabilities">As the engine names them (<c>completion</c>, <c>embedding</c>, <c>vision</c>, <c>tools</c>...).</param>
internal sealed record InstalledModel(ModelName Name, string Digest, ByteSize FileSize, ImmutableArray<string> Capabilities)
{
    /// <summary>What it would be loaded as; null where no other model on this node can be of the same weights.</summary>
    public RunnerIdentity? Runner { get; init; }

    /// <summary>Of an app: what it takes. Null for a model.</summary>
    public AppTerms? App { get; init; }

    /// <summary>Whether it only makes embeddings.</summary>
    public bool IsEmbedder => Capabilities.Contains("embedding") && !Capabilities.Contains("completion");
}
