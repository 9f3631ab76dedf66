using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Homelab.Processes;

/// <summary>Finds what a daemon left running that was killed before it could stop its children, by a mark that they and all they start carry in their environment:
/// the daemon's process, its start time, and the folder it works in. Linux only; elsewhere it finds nothing.</summary>
internal static class OrphanSweep
{
    /// <summary>Name of the variable that carries the mark.</summary>
    public const string Variable = "HOMELAB_OWNER";

    /// <summary>The mark for children of this process.</summary>
    /// <param name="folder">The home folder of this daemon; another daemon with another one is none of our business.</param>
    public static string Mark(string folder) =>
        string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}:{StartTime(Environment.ProcessId)}:{Hash(folder)}");

    /// <summary>Kills every process that carries a mark of this folder and whose daemon is gone. Returns how many.</summary>
    public static int Kill(string folder)
    {
        var killed = 0;
        foreach (var pid in OperatingSystem.IsLinux() ? Processes() : [])
        {
            if (ReadMark(pid)?.Split(':') is [var owner, var started, var hash]
                && hash == Hash(folder)
                && int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out var ownerId)
                && StartTime(ownerId) != started
                && PosixNative.Signal(pid, PosixNative.Kill) == 0)
            {
                killed++;
            }
        }

        return killed;
    }

    /// <summary>Kills every process that carries this daemon's mark and another variable, whatever session it has fled to. Returns how many.</summary>
    /// <param name="mark">As <see cref="Mark"/> made it.</param>
    /// <param name="variable"><c>NAME=value</c> that the child was started with.</param>
    public static int Kill(string mark, string variable)
    {
        var killed = 0;
        foreach (var pid in OperatingSystem.IsLinux() ? Processes() : [])
        {
            if (Read($"/proc/{pid}/environ")?.Split('\0') is { } carried && carried.Contains($"{Variable}={mark}", StringComparer.Ordinal) && carried.Contains(variable, StringComparer.Ordinal)
                && PosixNative.Signal(pid, PosixNative.Kill) == 0)
            {
                killed++;
            }
        }

        return killed;
    }

    private static IEnumerable<int> Processes() =>
        Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 1 && pid != Environment.ProcessId);

    private static string? ReadMark(int pid) =>
        Read($"/proc/{pid}/environ")?.Split('\0').FirstOrDefault(variable => variable.StartsWith(Variable + "=", StringComparison.Ordinal))?[(Variable.Length + 1)..];

    // Field 22 of /proc/PID/stat, in ticks since the machine's start; empty where there is no such process. The name before it may hold spaces and brackets.
    private static string StartTime(int pid) =>
        OperatingSystem.IsLinux() && Read($"/proc/{pid}/stat") is { } stat && stat[(stat.LastIndexOf(')') + 1)..].Split(' ') is { Length: > 20 } fields ? fields[20] : "";

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Hash(string folder) => Convert.ToHexStringLower(XxHash64.Hash(Encoding.UTF8.GetBytes(folder)));
}
