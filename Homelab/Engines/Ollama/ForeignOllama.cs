using System.Globalization;
using Homelab.Processes;

namespace Homelab.Engines.Ollama;

/// <summary>What can be found out about an Ollama that somebody else started, which its API does not tell: its variables, by its process where that is this
/// user's, else by the service's unit files. Linux only.</summary>
internal sealed class ForeignOllama(Uri url, string root = "/")
{
    private const string Variable = "OLLAMA_MAX_LOADED_MODELS";

    private static readonly string[] Folders = ["usr/lib/systemd/system", "etc/systemd/system"];

    private IReadOnlyList<string>? _sockets;
    private volatile int _maximumLoaded;

    /// <summary>Models that it was told to hold at the same time; 0: not told, or not to be found out.</summary>
    public int MaximumLoaded => _maximumLoaded;

    /// <summary>Looks again where another process listens than last time.</summary>
    public void Look()
    {
        var sockets = url.IsLoopback ? ListeningProcess.Sockets(url.Port) : [];
        if (_sockets is null || !sockets.SequenceEqual(_sockets))
        {
            _sockets = sockets;
            _maximumLoaded = Number(ListeningProcess.Environment(sockets) is { } variables ? variables.GetValueOrDefault(Variable) : InUnits());
        }
    }

    // The later file wins, as for the service itself.
    private string? InUnits()
    {
        string[] units = [.. Folders.Select(folder => Path.Combine(root, folder, "ollama.service"))];
        return units.Concat(units.SelectMany(unit => DropIns(unit + ".d")))
            .SelectMany(Lines)
            .Where(line => line.StartsWith("Environment=", StringComparison.Ordinal))
            .SelectMany(line => line["Environment=".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(assignment => assignment.Trim('"', '\'').Split('=', 2))
            .LastOrDefault(parts => parts is [Variable, _])?[1];
    }

    private static IEnumerable<string> DropIns(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.conf").Order(StringComparer.Ordinal) : [];

    private static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? [.. File.ReadLines(path).Select(line => line.Trim())] : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static int Number(string? text) =>
        int.TryParse(text?.Trim(' ', '"', '\''), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
