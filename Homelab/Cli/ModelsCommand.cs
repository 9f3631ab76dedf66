using System.CommandLine;
using Homelab.Cli.Views;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab models</c> and what belongs to it; on its own it lists.</summary>
internal static class ModelsCommand
{
    public static Command Create(CommandAction action)
    {
        var command = new Command("models", "List, load, unload, download and delete models")
        {
            action.On(new Command("list", "List models with their state, size and aliases"), ListAsync),
            ModelShowCommand.Create(action),
            ModelFitCommand.Create(action),
            ModelProgressCommand.Load(action),
            ModelProgressCommand.Unload(action),
            ModelProgressCommand.Pull(action),
            ModelRemoveCommand.Create(action),
            ModelAliasCommand.Create(action),
        };
        return action.On(command, ListAsync);
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellation)
    {
        var models = await context.Client.ModelsAsync(cancellation).ConfigureAwait(false);
        if (context.Terminal.Json)
        {
            context.Terminal.WriteJson(models, ContractsJson.Default.IReadOnlyListModelWire);
        }
        else
        {
            context.Terminal.Write(ModelListView.List(models));
        }

        return ExitCodes.Done;
    }
}
