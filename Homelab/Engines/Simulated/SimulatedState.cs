namespace Homelab.Engines.Simulated;

/// <summary>What all endpoints of one simulation share.</summary>
internal sealed class SimulatedState : IDisposable
{
    private long _lastId;

    public SimulatedState(SimulatedSettings settings, TimeProvider time, ISimulationFaults faults)
    {
        Settings = settings;
        Time = time;
        Faults = faults;
        Library = new SimulatedLibrary(settings, time);
        Scheduler = new SimulatedScheduler(settings, faults, time);
    }

    public SimulatedSettings Settings { get; }

    public TimeProvider Time { get; }

    public ISimulationFaults Faults { get; }

    public SimulatedLibrary Library { get; }

    public SimulatedScheduler Scheduler { get; }

    /// <summary>Counts answers; ids follow from it, so that a run repeats itself.</summary>
    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>An id as Anthropic writes them: 24 hexadecimal digits.</summary>
    public string NextLongId(string prefix) => prefix + SimulatedModel.Hash(prefix + NextId())[..24];

    /// <summary>The model of a request to <c>generate</c> or <c>chat</c> in any dialect.</summary>
    /// <exception cref="OllamaErrorException">There is none, or the name is none.</exception>
    public SimulatedModel Require(string name) => Library.Find(name)
        ?? throw (name.Contains("..", StringComparison.Ordinal)
            ? new OllamaErrorException(400, "invalid model name")
            : new OllamaErrorException(404, $"model '{name}' not found"));

    /// <summary>The name of a model as Ollama's error texts write it.</summary>
    public string FullName(SimulatedModel model) => model.Name.Contains('/', StringComparison.Ordinal) ? model.Name : $"{Settings.Registry}/library/{model.Name}";

    public void Dispose() => Scheduler.Dispose();
}
