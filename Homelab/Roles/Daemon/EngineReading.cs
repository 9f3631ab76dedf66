using Homelab.Contracts;

namespace Homelab.Roles.Daemon;

/// <summary>The engine as the control API and heartbeats tell it.</summary>
internal static class EngineReading
{
    public static EngineWire Of(DaemonParts parts, DaemonFacts facts)
    {
        var snapshot = parts.Loop.Snapshot;
        return new EngineWire(
            parts.Engine.Name,
            parts.Catalog.EngineVersion,
            snapshot.EngineUp ? "up" : "down",
            parts.Engine.Endpoint?.BaseAddress.GetLeftPart(UriPartial.Authority),
            parts.Engine.IsSimulated,
            facts.EngineIsManaged(),
            snapshot.EngineUp ? null : snapshot.EngineProblem);
    }
}
