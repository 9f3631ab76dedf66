namespace Homelab.Engines.Ollama;

/// <summary>Starts and restarts our own <c>ollama serve</c> where none runs.</summary>
internal sealed class OllamaSupervisor : IAsyncDisposable
{
    public OllamaSupervisorState State { get; private set; } = new(OllamaPhase.Unknown, "");

    public Task StartAsync(CancellationToken cancellation) => State.Phase == OllamaPhase.Unknown && !cancellation.IsCancellationRequested ? Task.CompletedTask : Task.FromCanceled(cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
