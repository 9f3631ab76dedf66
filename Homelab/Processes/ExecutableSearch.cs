namespace Homelab.Processes;

/// <summary>Finds programs on this machine.</summary>
internal static class ExecutableSearch
{
    /// <summary>The full path of a program by its name, as a shell would find it; null where there is none.</summary>
    /// <param name="name">Without a folder.</param>
    /// <param name="searchPath">The value of <c>PATH</c>.</param>
    public static string? OnPath(string name, string? searchPath)
    {
        foreach (var folder in (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            // A relative folder would make the answer depend on where the daemon was started.
            if (Path.IsPathFullyQualified(folder) && Check(Path.Combine(folder, name)) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>The path itself where an executable file is there (with <c>.exe</c> on Windows); null otherwise.</summary>
    public static string? Check(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.Exists(path) ? path : File.Exists(path + ".exe") ? path + ".exe" : null;
        }

        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (File.GetUnixFileMode(path) & Execute) != 0 ? path : null;
    }
}
