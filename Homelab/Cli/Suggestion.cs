namespace Homelab.Cli;

/// <summary>Finds what somebody may have meant.</summary>
internal static class Suggestion
{
    private const int Longest = 64;

    /// <summary>The candidate that a few slips of the finger away is nearest; null where none is near.</summary>
    public static string? For(string written, IEnumerable<string> candidates) => written.Length > Longest
        ? null
        : candidates
            .Where(c => c.Length <= Longest)
            .Select(c => (Candidate: c, Slips: c.StartsWith(written, StringComparison.OrdinalIgnoreCase) && written.Length >= 3 ? 1 : Distance(written, c)))
            .Where(c => c.Slips <= Math.Max(1, written.Length / 3))
            .OrderBy(c => c.Slips)
            .Select(c => c.Candidate)
            .FirstOrDefault();

    /// <summary>Levenshtein's distance, letters compared without case.</summary>
    private static int Distance(string left, string right)
    {
        var above = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var row = new int[right.Length + 1];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]);
                row[j] = Math.Min(Math.Min(row[j - 1], above[j]) + 1, above[j - 1] + (same ? 0 : 1));
            }

            above = row;
        }

        return above[right.Length];
    }
}
