using Homelab.Tests.Architecture;

namespace Homelab.Tests.EndToEnd;

/// <summary>The published executable that these tests start.</summary>
internal static class HomelabExecutable
{
    /// <summary><c>HOMELAB_EXE</c>, else <c>dist/homelab</c> of the working tree; the file need not exist.</summary>
    public static string Path { get; } = Environment.GetEnvironmentVariable("HOMELAB_EXE") is { Length: > 0 } given
        ? given
        : System.IO.Path.Combine(SourceTree.Root, "dist", OperatingSystem.IsWindows() ? "homelab.exe" : "homelab");

    /// <summary>Why the tests that need it are left out; null where it is there, and in continuous integration, where a missing one is a failure.</summary>
    public static string? SkipReason { get; } =
        File.Exists(Path) || IsContinuousIntegration ? null : $"no executable at {Path}; ./build.sh makes it";

    private static bool IsContinuousIntegration => Environment.GetEnvironmentVariable("CI") is { Length: > 0 } and not "false";
}
