namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>A fact about the published executable that only a real Ollama can show.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RealOllamaFactAttribute : FactAttribute
{
    public RealOllamaFactAttribute() => Skip = RealOllamaExecutable.SkipReason;
}
