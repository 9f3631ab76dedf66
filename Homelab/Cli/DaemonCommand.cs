using System.CommandLine;
using Homelab.Configuration;
using Homelab.Roles.Daemon;

namespace Homelab.Cli;

/// <summary><c>homelab daemon</c></summary>
internal static class DaemonCommand
{
    public static Command Create(CommandAction action)
    {
        var config = RoleOptions.Config();
        var listen = RoleOptions.Listen("127.0.0.1:42420");
        var simulate = new Option<bool>("--simulate") { Description = "Serve made-up models instead of an engine's; everything they say is labelled as simulated" };
        var join = new Option<string?>("--join") { Description = "Hub whose cluster this machine joins, e.g. http://192.168.1.10:42421; from then on it knows the hub by itself", HelpName = "address" };
        var token = new Option<string?>("--token") { Description = "Join token, made on the hub with: homelab join-token; others can see it in the list of processes, so rather use --token-file", HelpName = "token" };
        var tokenFile = new Option<string?>("--token-file") { Description = "File whose first line is the join token", HelpName = "path" };
        var level = RoleOptions.Level();
        var command = new Command("daemon", "Serve this machine's models to any OpenAI, Anthropic or Ollama client") { config, listen, simulate, join, token, tokenFile, level };
        return action.On(command, async (context, cancellation) =>
        {
            var arguments = context.Arguments;
            var loaded = ConfigurationLoader.Load(arguments.GetValue(config), context.World.Variables, [.. Overrides(arguments.GetValue(listen) ?? [], arguments.GetValue(simulate)), .. JoinOverrides(context, arguments.GetValue(join), arguments.GetValue(token), arguments.GetValue(tokenFile))]);
            if (loaded.Config is not { } settings)
            {
                return RoleOptions.Refuse(context, loaded);
            }

            var console = RoleOptions.Console(context, loaded, arguments.GetRequiredValue(level));
            return await DaemonHost.RunAsync(settings, context.World.Folder, console, mustJoin: arguments.GetValue(join) is not null, cancellation).ConfigureAwait(false);
        });
    }

    /// <summary>What the flags put above the file and the environment.</summary>
    internal static IReadOnlyList<ConfigurationOverride> Overrides(string[] listen, bool simulate)
    {
        var overrides = new List<ConfigurationOverride>();
        if (listen.Length > 0)
        {
            overrides.Add(new ConfigurationOverride("daemon.listen", string.Join(',', listen), "--listen"));
        }

        if (simulate)
        {
            overrides.Add(new ConfigurationOverride("daemon.engines.simulated.enabled", "true", "--simulate"));
        }

        return overrides;
    }

    /// <summary>The hub and the token; a token may also be for a hub of the configuration.</summary>
    private static IEnumerable<ConfigurationOverride> JoinOverrides(CommandContext context, string? join, string? token, string? tokenFile)
    {
        if (join is not null)
        {
            yield return new ConfigurationOverride("daemon.hub", join, "--join");
        }

        if (token is not null && tokenFile is not null)
        {
            throw new CommandException("give --token or --token-file, not both", ExitCodes.Usage);
        }

        if (token is not null)
        {
            yield return new ConfigurationOverride("daemon.join_token", token.Trim(), "--token");
        }
        else if (tokenFile is not null)
        {
            yield return new ConfigurationOverride("daemon.join_token", context.ReadSecretFile("--token-file", tokenFile).Trim(), "--token-file");
        }
    }
}
