using Homelab.Domain.Models;

namespace Homelab.Domain.Nodes;

/// <summary>An app of a node, as its heartbeat tells it.</summary>
/// <param name="Name">Its own.</param>
/// <param name="Vram">What it takes of GPUs; said with its own name and not with those of its models.</param>
/// <param name="IdleTimeout">After which it is stopped; zero for never.</param>
/// <param name="Spelling">With the name of a model that it serves: how it spells that; null where that is the canonical name.</param>
internal sealed record NodeApp(string Name, ByteSize Vram, TimeSpan IdleTimeout, string? Spelling = null);
