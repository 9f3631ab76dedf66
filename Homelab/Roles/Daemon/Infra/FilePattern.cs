namespace Homelab.Roles.Daemon.Infra;

/// <summary>A pattern of <c>infra.roots[].include</c>: <c>*</c> and <c>?</c> within a name, <c>**</c> for any number of folders, none included. Pure; its cost is bounded by
/// the lengths of pattern and path.</summary>
internal sealed class FilePattern
{
    private readonly string[] _parts;
    private readonly bool _ignoreCase;

    /// <param name="text">Parts joined by <c>/</c>.</param>
    /// <param name="ignoreCase">As the file system does.</param>
    public FilePattern(string text, bool ignoreCase)
    {
        _parts = text.Replace('\\', '/').Trim('/').Split('/');
        _ignoreCase = ignoreCase;
    }

    /// <summary>Whether a file is one of them.</summary>
    public bool Matches(IReadOnlyList<string> way)
    {
        // reached[i]: the parts of the pattern so far match the first i names.
        var reached = new bool[way.Count + 1];
        reached[0] = true;
        foreach (var part in _parts)
        {
            var next = new bool[reached.Length];
            for (var i = 0; i < reached.Length; i++)
            {
                next[i] = part == "**" ? reached[i] || (i > 0 && next[i - 1]) : i > 0 && reached[i - 1] && MatchesName(part, way[i - 1]);
            }

            reached = next;
        }

        return reached[^1];
    }

    private bool MatchesName(string pattern, string name)
    {
        int p = 0, n = 0, star = -1, resume = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, resume) = (p++, n);
            }
            else if (p < pattern.Length && (pattern[p] == '?' || Same(pattern[p], name[n])))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                (p, n) = (star + 1, ++resume);
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).Trim('*').IsEmpty;
    }

    private bool Same(char a, char b) => a == b || (_ignoreCase && char.ToLowerInvariant(a) == char.ToLowerInvariant(b));
}
