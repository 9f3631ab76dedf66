namespace Homelab.Tests.EndToEnd;

/// <summary>A fact about the published executable.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ExecutableFactAttribute : FactAttribute
{
    public ExecutableFactAttribute() => Skip = HomelabExecutable.SkipReason;
}
