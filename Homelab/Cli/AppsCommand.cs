using System.CommandLine;
using Homelab.Cli.Views;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab apps</c> and what belongs to it; on its own it lists.</summary>
internal static class AppsCommand
{
    public static Command Create(CommandAction action)
    {
        var command = new Command("apps", "List, start, stop and check apps, and read what they print")
        {
            List(action, new Command("list", "List apps with their state, models and memory")),
            AppProgressCommand.Start(action),
            AppProgressCommand.Stop(action),
            AppLogsCommand.Create(action),
            AppCheckCommand.Create(action),
        };
        return List(action, command);
    }

    private static Command List(CommandAction action, Command command)
    {
        var node = new Option<string?>("--node") { Description = "Only the apps of this machine, by name or id", HelpName = "node" };
        command.Options.Add(node);
        return action.On(command, async (context, cancellation) =>
        {
            var apps = await context.Client.AppsAsync(context.Arguments.GetValue(node), cancellation).ConfigureAwait(false);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(apps, ContractsJson.Default.IReadOnlyListAppWire);
            }
            else
            {
                // Where none is listed, it may be for the folder that they lie in.
                var warnings = apps.Count == 0 ? (await context.Client.StatusAsync(cancellation).ConfigureAwait(false)).Warnings : null;
                context.Terminal.Write(AppListView.Build(apps, warnings ?? []));
            }

            return ExitCodes.Done;
        });
    }
}
