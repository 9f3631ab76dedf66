namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>A theory about the published executable before the machine's real Ollama.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OllamaTheoryAttribute : TheoryAttribute
{
    public OllamaTheoryAttribute() => Skip = RealOllama.SkipReason;
}
