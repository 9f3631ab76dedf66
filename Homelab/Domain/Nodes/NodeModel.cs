using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Domain.Nodes;

/// <summary>A model on a node's disk, with what loading it there would take.</summary>
/// <param name="Name">Canonical name.</param>
/// <param name="Digest">Of its manifest; equal digests are one model.</param>
/// <param name="Size">Bytes on disk.</param>
/// <param name="Memory">Bytes that a replica would hold there, as the node estimates them.</param>
/// <param name="LoadTime">How long a load would take there, as the node expects it.</param>
internal sealed record NodeModel(ModelName Name, string Digest, ByteSize Size, ByteSize Memory, TimeSpan LoadTime)
{
    /// <summary>Other names that the node's configuration gives it.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>As the engine names them (<c>completion</c>, <c>embedding</c>, <c>vision</c>, <c>tools</c>...).</summary>
    public ImmutableArray<string> Capabilities { get; init; } = [];

    /// <summary>Tokens of context that it would be loaded with; null where the node does not say.</summary>
    public int? Context { get; init; }

    /// <summary>Whether it only makes embeddings.</summary>
    public bool IsEmbedder { get; init; }

    /// <summary>Whether the node's configuration keeps it loaded.</summary>
    public bool Pinned { get; init; }

    /// <summary>Whether the node's configuration never evicts it once loaded.</summary>
    public bool Protected { get; init; }

    /// <summary>Its last load failed; <see cref="FailureRecord.RetryAt"/> is in the hub's time.</summary>
    public FailureRecord? Failure { get; init; }

    /// <summary>The app that serves it; null for a model of the engine.</summary>
    public NodeApp? App { get; init; }

    /// <summary>The engine's own list entry, raw JSON; empty where there is none.</summary>
    public string EngineEntry { get; init; } = "";
}
