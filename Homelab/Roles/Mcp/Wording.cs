using System.Globalization;
using Homelab.Telemetry;

namespace Homelab.Roles.Mcp;

/// <summary>How quantities and names from elsewhere read in the text form of answers.</summary>
internal static class Wording
{
    private const int LongestName = 200;
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary><c>4.9 GiB</c></summary>
    public static string Bytes(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        while (Math.Abs(value) >= 1024 && unit < Units.Length - 1)
        {
            (value, unit) = (value / 1024, unit + 1);
        }

        return value.ToString(value < 100 ? "0.#" : "0", CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    /// <summary><c>0.4 s</c>, <c>12 s</c>, <c>3 min</c>, <c>2 h</c></summary>
    public static string Seconds(double seconds) => seconds switch
    {
        < 10 => seconds.ToString("0.#", CultureInfo.InvariantCulture) + " s",
        < 120 => seconds.ToString("0", CultureInfo.InvariantCulture) + " s",
        < 7200 => (seconds / 60).ToString("0", CultureInfo.InvariantCulture) + " min",
        _ => (seconds / 3600).ToString("0", CultureInfo.InvariantCulture) + " h",
    };

    /// <summary>A name that somebody else chose, on one line and bounded.</summary>
    public static string Name(string name) => Printable.OneLine(name, LongestName);

    /// <summary>The first lines, and how many more there are.</summary>
    public static string Lines(IEnumerable<string> lines, int count, int most)
    {
        var shown = string.Join('\n', lines.Take(most));
        return count > most ? string.Create(CultureInfo.InvariantCulture, $"{shown}\n... and {count - most} more") : shown;
    }
}
