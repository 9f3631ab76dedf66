using System.CommandLine;
using Homelab.Configuration;
using Homelab.Roles.Mcp;

namespace Homelab.Cli;

/// <summary><c>homelab mcp</c></summary>
internal static class McpCommand
{
    public static Command Create(CommandAction action)
    {
        var config = RoleOptions.Config();
        var listen = RoleOptions.Listen("127.0.0.1:8092");
        var stdio = new Option<bool>("--stdio") { Description = "Serve one agent over standard input and output instead of a port; the agent starts the process itself" };
        var readOnly = new Option<bool>("--read-only") { Description = "Leave out the tools that change anything" };
        var level = RoleOptions.Level();
        var command = new Command("mcp", "Give AI agents the cluster as tools (Model Context Protocol)") { config, listen, stdio, readOnly, level };
        return action.On(command, async (context, cancellation) =>
        {
            var arguments = context.Arguments;
            var loaded = ConfigurationLoader.Load(arguments.GetValue(config), context.World.Variables, [.. Overrides(arguments.GetValue(listen) ?? [], arguments.GetValue(readOnly))]);
            if (loaded.Config is not { } settings)
            {
                return RoleOptions.Refuse(context, loaded);
            }

            var console = RoleOptions.Console(context, loaded, arguments.GetRequiredValue(level));
            var target = McpTarget.Choose(settings, context.GivenAddress, context.GivenKey);
            return await (arguments.GetValue(stdio)
                ? McpHost.ServeProcessAsync(settings.Mcp, target, console, cancellation)
                : McpHost.ServeAsync(settings.Mcp, target, context.World.Folder, console, cancellation)).ConfigureAwait(false);
        });
    }

    /// <summary>What the flags put above the file and the environment.</summary>
    private static IEnumerable<ConfigurationOverride> Overrides(string[] listen, bool readOnly)
    {
        if (listen.Length > 0)
        {
            yield return new ConfigurationOverride("mcp.listen", string.Join(',', listen), "--listen");
        }

        if (readOnly)
        {
            yield return new ConfigurationOverride("mcp.read_only", "true", "--read-only");
        }
    }
}
