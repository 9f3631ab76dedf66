namespace Homelab.Tests.EndToEnd;

/// <summary>A fact that needs a program on PATH; skipped, with the reason, where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProgramFactAttribute : FactAttribute
{
    /// <param name="program">Its name.</param>
    /// <param name="source">Where to get it.</param>
    public ProgramFactAttribute(string program, string source) =>
        Skip = ProgramSearch.Find(program) is null ? $"{program} is not on PATH; {source}" : null;
}
