using System.Buffers;

namespace Homelab.Roles.Daemon.Infra;

/// <summary>The way below a root as callers write it: names joined by <c>/</c>. Pure.</summary>
internal static class AskedPath
{
    private const int Longest = 4096, LongestName = 255, MostNames = 64;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create(":*?\"<>|");
    private static readonly string[] ReservedByWindows = ["con", "prn", "aux", "nul", "conin$", "conout$"];

    /// <summary>Takes a way apart.</summary>
    /// <param name="text">As it was asked; null or empty: the root itself.</param>
    /// <param name="way">The names; none of them empty, <c>.</c> or <c>..</c>.</param>
    /// <param name="windows">Whether it is for Windows, where more names mean something else than a file.</param>
    /// <returns>Why it is refused; null where it is not.</returns>
    public static string? Parse(string? text, out IReadOnlyList<string> way, bool windows)
    {
        way = [];
        if (string.IsNullOrEmpty(text) || text == ".")
        {
            return null;
        }

        if (text.Length > Longest || text.Any(char.IsControl) || text.Any(char.IsSurrogate) && !IsWellFormed(text))
        {
            return $"a path is at most {Longest} characters without control characters";
        }

        if (text[0] is '/' or '\\' or '~' || (text.Length > 1 && text[1] == ':' && char.IsAsciiLetter(text[0]) && (windows || text.Length == 2 || text[2] is '/' or '\\')))
        {
            return "paths begin at the root: write logs/app.log, not /var/log/logs/app.log";
        }

        if (text.Contains('\\'))
        {
            return "the parts of a path are joined by '/', also on Windows";
        }

        var names = text.TrimEnd('/').Split('/');
        if (names.Length > MostNames || Array.Exists(names, n => n.Length > LongestName))
        {
            return $"a path has at most {MostNames} parts of {LongestName} characters";
        }

        if (Array.Exists(names, n => n.Length == 0 || n == "." || n == ".."))
        {
            return "a path goes down only: '..', '.' and empty parts are refused; ask for the folder or file itself";
        }

        if (windows && Array.Find(names, IsSpecialOnWindows) is { } special)
        {
            return $"'{special}' is no file's name on Windows";
        }

        way = names;
        return null;
    }

    /// <summary>Streams (<c>a:stream</c>), devices (<c>CON</c>, <c>COM1</c>, also with an ending), and what Windows drops from an end.</summary>
    private static bool IsSpecialOnWindows(string name)
    {
        var stem = name.Split('.')[0].TrimEnd().ToLowerInvariant();
        return name.AsSpan().ContainsAny(Forbidden) || name[^1] is '.' or ' ' || ReservedByWindows.Contains(stem)
            || (stem.Length == 4 && (stem.StartsWith("com", StringComparison.Ordinal) || stem.StartsWith("lpt", StringComparison.Ordinal)) && (char.IsDigit(stem[3]) || stem[3] is '\u00b9' or '\u00b2' or '\u00b3'));
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[++i])))
            {
                return false;
            }
        }

        return true;
    }
}
