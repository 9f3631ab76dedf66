namespace Homelab.Engines.Simulated;

/// <summary>A simulation that works.</summary>
internal sealed class NoFaults : ISimulationFaults
{
    public ValueTask<bool> InterceptAsync(SimulatedExchange exchange) => new(false);

    public ValueTask OnLoadAsync(SimulatedModel model, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask<StreamFault> OnTokenAsync(string path, int index, CancellationToken cancellation) => new(StreamFault.None);
}
