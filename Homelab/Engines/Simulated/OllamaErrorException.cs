namespace Homelab.Engines.Simulated;

/// <summary>A request that gets an error in the words of real Ollama.</summary>
internal sealed class OllamaErrorException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;

    /// <summary>Whether it was found before the request reached the part that all dialects share; shows in the content type of /v1 errors.</summary>
    public bool Early { get; init; }
}
