namespace Homelab.Engines.Simulated;

/// <summary>Where tests make the simulation fail.</summary>
internal interface ISimulationFaults
{
    /// <summary>Sees every request first; true: it answered itself.</summary>
    ValueTask<bool> InterceptAsync(SimulatedExchange exchange);

    /// <summary>Called when a load begins; throws <see cref="OllamaErrorException"/> to make it fail, may wait.</summary>
    ValueTask OnLoadAsync(SimulatedModel model, CancellationToken cancellation);

    /// <summary>Called before each token of a streamed or whole answer; may wait.</summary>
    ValueTask<StreamFault> OnTokenAsync(string path, int index, CancellationToken cancellation);
}
