namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>A theory about the published executable before the real Ollama.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RealOllamaTheoryAttribute : TheoryAttribute
{
    public RealOllamaTheoryAttribute() => Skip = RealOllamaExecutable.SkipReason;
}
