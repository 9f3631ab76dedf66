namespace Homelab.Tests.EndToEnd;

/// <summary>A theory that needs a program of the machine, and is skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProgramTheoryAttribute : TheoryAttribute
{
    /// <param name="program">Its name.</param>
    /// <param name="source">Where to get it.</param>
    public ProgramTheoryAttribute(string program, string source) =>
        Skip = ProgramSearch.Find(program) is null ? $"{program} is not on PATH; {source}" : null;
}
