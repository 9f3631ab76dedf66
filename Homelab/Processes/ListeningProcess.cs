using System.Globalization;

namespace Homelab.Processes;

/// <summary>The process behind a port of this machine, as far as this user may look. Linux only; elsewhere it finds nothing.</summary>
internal static class ListeningProcess
{
    private const string Listens = "0A";

    /// <summary>The sockets that listen on a port, at whatever address; others after a restart of the process.</summary>
    public static IReadOnlyList<string> Sockets(int port)
    {
        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        return !OperatingSystem.IsLinux()
            ? []
            : [.. from file in (string[])["/proc/net/tcp", "/proc/net/tcp6"]
                  from line in (Read(file) ?? "").Split('\n').Skip(1)
                  let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                  where fields.Length > 9 && fields[3] == Listens && fields[1].EndsWith(suffix, StringComparison.Ordinal)
                  select fields[9]];
    }

    /// <summary>The environment with which the owner of one of these sockets was started; null where it is another user's, or gone.</summary>
    public static IReadOnlyDictionary<string, string>? Environment(IReadOnlyList<string> sockets)
    {
        var links = sockets.Select(s => $"socket:[{s}]").ToHashSet(StringComparer.Ordinal);
        var owner = links.Count == 0
            ? null
            : Directory.EnumerateDirectories("/proc").FirstOrDefault(path => char.IsAsciiDigit(Path.GetFileName(path)[0]) && Files(path + "/fd").Any(fd => Target(fd) is { } target && links.Contains(target)));
        return owner is null || Read(owner + "/environ") is not { Length: > 0 } text
            ? null
            : text.Split('\0', StringSplitOptions.RemoveEmptyEntries)
                .Select(variable => variable.Split('=', 2))
                .Where(parts => parts.Length == 2)
                .DistinctBy(parts => parts[0])
                .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
    }

    private static string[] Files(string folder) => Try(() => Directory.GetFiles(folder)) ?? [];

    private static string? Target(string link) => Try(() => new FileInfo(link).LinkTarget);

    private static string? Read(string path) => Try(() => File.ReadAllText(path));

    private static T? Try<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
