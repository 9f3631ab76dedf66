using System.CommandLine;
using Homelab.Roles.Mcp;

namespace Homelab.Cli;

/// <summary><c>homelab mcp</c></summary>
internal static class McpCommand
{
    public static Command Create(CommandAction action)
    {
        var options = new McpOptions();
        var level = RoleOptions.Level();
        var command = new Command("mcp", "Give AI agents the cluster as tools (Model Context Protocol)") { McpConfigCommand.Create(action, options) };
        options.AddTo(command);
        command.Options.Add(level);
        return action.On(command, async (context, cancellation) =>
        {
            var loaded = options.Load(context);
            if (loaded.Config is not { } settings)
            {
                return RoleOptions.Refuse(context, loaded);
            }

            var console = RoleOptions.Console(context, loaded, context.Arguments.GetRequiredValue(level));
            var target = McpTarget.Choose(settings, context.GivenAddress, context.GivenKey);
            return await (context.Arguments.GetValue(options.Stdio)
                ? McpHost.ServeProcessAsync(settings.Mcp, target, console, cancellation)
                : McpHost.ServeAsync(settings.Mcp, target, context.World.Folder, console, cancellation)).ConfigureAwait(false);
        });
    }
}
