using Homelab.Domain.Models;

namespace Homelab.Engines;

/// <summary>One step of a download.</summary>
/// <param name="Status">The engine's words.</param>
/// <param name="Completed">Bytes done of the current layer.</param>
/// <param name="Total">Bytes of the current layer; zero where not said.</param>
internal sealed record PullProgress(string Status, ByteSize Completed, ByteSize Total);
