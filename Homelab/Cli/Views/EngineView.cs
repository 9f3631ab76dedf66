using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>An engine in one line; a simulated one is never mistaken for a real one.</summary>
internal static class EngineView
{
    private const string SimulatedEngine = "simulated";

    public static Cell Describe(EngineWire engine)
    {
        var cell = engine.Simulated ? Cell.Of("SIMULATED ", Tone.Warning).Then("(answers are made up) ") : Cell.Empty;
        cell = cell.Then(engine.Name, Tone.Strong).Then(engine.Version is { } version ? " " + version : "").Then(", ").Then(StateTone.Show(engine.State));
        if (engine.Url is { } url)
        {
            cell = cell.Then(" at " + url);
        }

        if (engine.Managed)
        {
            cell = cell.Then(", run by homelab");
        }

        return engine.Problem is { } problem ? cell.Then(": ").Then(problem, Tone.Bad) : cell;
    }

    public static bool IsSimulated(NodeWire node) => node.Engines.Contains(SimulatedEngine);
}
