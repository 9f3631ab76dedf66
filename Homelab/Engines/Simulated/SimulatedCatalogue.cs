using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Engines.Simulated;

/// <summary>The models of a simulation that was given none: the sizes are those of real models of that class, the names say what they are.</summary>
internal static class SimulatedCatalogue
{
    /// <summary>On disk from the start. In the default memory the first three fit together, the fourth only alone and the largest not at all,
    /// so that each case can be seen.</summary>
    public static ImmutableArray<SimulatedModel> Installed { get; } =
    [
        Model("sim-small:3b", 2_019),
        Model("sim-chat:8b", 4_920),
        Model("sim-coder:14b", 8_988),
        Model("sim-reason:30b", 17_300),
        Model("sim-large:70b", 42_520),
        SimulatedModel.Create("sim-embed:latest", new ByteSize(274_000_000), embedding: true),
    ];

    /// <summary>What a pull finds besides.</summary>
    public static ImmutableArray<SimulatedModel> Pullable { get; } =
    [
        .. Installed,
        Model("sim-tiny:1b", 808),
        Model("sim-writer:7b", 4_683),
    ];

    private static SimulatedModel Model(string name, long megabytes) =>
        SimulatedModel.Create(name, new ByteSize(megabytes * 1_000_000), embedding: false);
}
