using System.CommandLine;
using Homelab.Configuration;
using Homelab.Roles.Hub;

namespace Homelab.Cli;

/// <summary><c>homelab hub</c></summary>
internal static class HubCommand
{
    public static Command Create(CommandAction action)
    {
        var config = RoleOptions.Config();
        var listen = RoleOptions.Listen("0.0.0.0:42421");
        var level = RoleOptions.Level();
        return action.On(new Command("hub", "Join machines to one cluster and serve all their models at one address") { config, listen, level }, async (context, cancellation) =>
        {
            var arguments = context.Arguments;
            IReadOnlyList<ConfigurationOverride> overrides = arguments.GetValue(listen) is { Length: > 0 } addresses ? [new ConfigurationOverride("hub.listen", string.Join(',', addresses), "--listen")] : [];
            var loaded = ConfigurationLoader.Load(arguments.GetValue(config), context.World.Variables, overrides);
            if (loaded.Config is not { } settings)
            {
                return RoleOptions.Refuse(context, loaded);
            }

            var console = RoleOptions.Console(context, loaded, arguments.GetRequiredValue(level));
            return await HubHost.RunAsync(settings, context.World.Folder, console, cancellation).ConfigureAwait(false);
        });
    }
}
