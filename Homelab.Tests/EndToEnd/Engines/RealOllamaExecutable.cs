namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>The real Ollama that tests may start: what <c>HOMELAB_TEST_OLLAMA</c> names, else the one on PATH.</summary>
internal static class RealOllamaExecutable
{
    private const string Variable = "HOMELAB_TEST_OLLAMA";

    private static readonly string? Named = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? System.IO.Path.GetFullPath(path) : null;

    /// <summary>Its path; null where there is none. A file that the variable names need not exist: a test that starts it then fails.</summary>
    public static string? Path { get; } = Named ?? ProgramSearch.Find("ollama");

    /// <summary>Why there is none; null where there is one.</summary>
    public static string? Missing { get; } = Path is null ? $"there is no ollama on PATH, and {Variable} names none" : null;

    /// <summary>Why the end-to-end tests that need it are left out; null where they can run.</summary>
    public static string? SkipReason { get; } =
        HomelabExecutable.SkipReason
        ?? (OperatingSystem.IsLinux() ? Missing : "Ollama's runners are watched under /proc, which only Linux has");
}
