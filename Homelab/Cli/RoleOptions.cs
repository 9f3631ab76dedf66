using System.CommandLine;

namespace Homelab.Cli;

/// <summary>The options of commands that run a role.</summary>
internal static class RoleOptions
{
    private static readonly Dictionary<string, LogLevel> Levels = new(StringComparer.OrdinalIgnoreCase)
    {
        ["debug"] = LogLevel.Debug,
        ["info"] = LogLevel.Information,
        ["warn"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
    };

    public static Option<string?> Config() => new("--config", "-c") { Description = "Configuration file [default: ~/.homelab/homelab.yaml]", HelpName = "path" };

    public static Option<string[]> Listen(string example) => new("--listen") { Description = $"Address to listen at instead of the configured ones, e.g. {example}; repeat for several", HelpName = "host:port" };

    public static Option<string> Level() => new Option<string>("--log-level") { Description = "What to log", HelpName = "debug|info|warn|error", DefaultValueFactory = static _ => "info" }
        .AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Levels.Keys]);

    public static LogLevel LevelOf(string text) => Levels[text];
}
