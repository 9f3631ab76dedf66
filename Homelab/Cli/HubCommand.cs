using System.CommandLine;
using Homelab.Configuration;
using Homelab.Control;
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
                foreach (var problem in loaded.Problems)
                {
                    context.Terminal.Note(problem.ToString());
                }

                return ExitCodes.Configuration;
            }

            var console = new RoleConsole(context.World.Out, context.World.Error, RoleOptions.LevelOf(arguments.GetRequiredValue(level)), context.Time)
            {
                Hurry = context.World.Hurry,
                Warnings = [.. loaded.Warnings.Select(w => w.ToString())],
            };
            return await HubHost.RunAsync(settings, context.World.Folder, console, cancellation).ConfigureAwait(false);
        });
    }
}
