using System.Globalization;

namespace Homelab.Bench;

/// <summary>What the command line asked for.</summary>
/// <param name="Executable">The homelab executable under measurement.</param>
/// <param name="Rounds">Interleaved rounds; the report gives medians over them.</param>
/// <param name="Period">How long one scenario runs against one target in one round.</param>
internal sealed record BenchOptions(string Executable, int Rounds, TimeSpan Period)
{
    /// <returns>Null where the arguments make no sense; the reason has been printed.</returns>
    public static BenchOptions? Read(string[] args)
    {
        var executable = Path.GetFullPath(Path.Combine("dist", OperatingSystem.IsWindows() ? "homelab.exe" : "homelab"));
        var rounds = 7;
        var period = TimeSpan.FromSeconds(1);
        for (var at = 0; at < args.Length; at += 2)
        {
            var value = at + 1 < args.Length ? args[at + 1] : "";
            switch (args[at])
            {
                case "--exe":
                    executable = Path.GetFullPath(value);
                    break;
                case "--rounds" when int.TryParse(value, CultureInfo.InvariantCulture, out var parsed) && parsed is > 0 and <= 50:
                    rounds = parsed;
                    break;
                case "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out var parsed) && parsed is >= 0.1 and <= 10:
                    period = TimeSpan.FromSeconds(parsed);
                    break;
                default:
                    Console.Error.WriteLine($"bench: {args[at]} {value}: expected --rounds 1..50, --seconds 0.1..10 or --exe PATH");
                    return null;
            }
        }

        if (!File.Exists(executable))
        {
            Console.Error.WriteLine($"bench: no executable at {executable}; run ./build.sh");
            return null;
        }

        return new BenchOptions(executable, rounds, period);
    }
}
