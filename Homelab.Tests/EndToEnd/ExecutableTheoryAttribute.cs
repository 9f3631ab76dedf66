namespace Homelab.Tests.EndToEnd;

/// <summary>A theory about the published executable.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ExecutableTheoryAttribute : TheoryAttribute
{
    public ExecutableTheoryAttribute() => Skip = HomelabExecutable.SkipReason;
}
