namespace Homelab.Processes;

/// <summary>What to start.</summary>
/// <param name="Executable">Full path; nothing is searched.</param>
/// <param name="Arguments">Passed as they are; no shell is involved.</param>
/// <param name="Environment">The whole environment of the child: nothing is inherited beside it.</param>
/// <param name="LogPath">Where its output goes, both streams together.</param>
/// <param name="WorkingDirectory">Null: the daemon's own.</param>
/// <param name="Guard">Our own native executable, which has the child killed when this process is gone (see <see cref="ChildGuard"/>); null: what is left is found at the next
/// start. Linux only.</param>
internal sealed record ChildProcessStart(
    string Executable,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string LogPath,
    string? WorkingDirectory = null,
    string? Guard = null);
