namespace Homelab.Engines.Simulated;

/// <summary>What a model must be able to do before a generation begins.</summary>
internal static class GenerationChecks
{
    /// <exception cref="OllamaErrorException">400 in Ollama's words.</exception>
    public static void Check(SimulatedState state, GenerationRequest request, string verb, bool thinks)
    {
        var model = request.Model;
        if (!model.Capabilities.Contains("completion"))
        {
            throw new OllamaErrorException(400, $"\"{request.ModelAsSent}\" does not support {verb}");
        }

        if (!request.Tools.IsEmpty && !model.Capabilities.Contains("tools"))
        {
            throw new OllamaErrorException(400, $"{state.FullName(model)} does not support tools");
        }

        if (thinks && !model.Capabilities.Contains("thinking"))
        {
            throw new OllamaErrorException(400, $"\"{request.ModelAsSent}\" does not support thinking");
        }
    }
}
