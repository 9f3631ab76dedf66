using System.CommandLine;
using Homelab.Configuration;
using Homelab.Control;

namespace Homelab.Cli;

/// <summary>What the commands that run a role have in common.</summary>
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

    /// <summary>Says what is wrong with the configuration.</summary>
    /// <returns>The exit code.</returns>
    public static int Refuse(CommandContext context, LoadedConfiguration loaded)
    {
        foreach (var problem in loaded.Problems)
        {
            context.Terminal.Note(problem.ToString());
        }

        return ExitCodes.Configuration;
    }

    /// <summary>What the role prints, logs and tells the time by.</summary>
    public static RoleConsole Console(CommandContext context, LoadedConfiguration loaded, string level) =>
        new(context.World.Out, context.World.Error, Levels[level], context.Time)
        {
            Ask = context.World.Ask,
            Hurry = context.World.Hurry,
            Warnings = [.. loaded.Warnings.Select(w => w.ToString())],
        };
}
