using System.CommandLine;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab models rm MODEL</c></summary>
internal static class ModelRemoveCommand
{
    public static Command Create(CommandAction action)
    {
        var model = new Argument<string>("model") { Description = "Model" };
        var node = ModelProgressCommand.NodeOption();
        return action.On(new Command("rm", "Delete a model from disk") { model, node }, async (context, cancellation) =>
        {
            var command = new ModelCommandWire(context.Arguments.GetRequiredValue(model), context.Arguments.GetValue(node));
            var result = await context.Client.DeleteAsync(command, cancellation).ConfigureAwait(false);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(result, ContractsJson.Default.ModelCommandResultWire);
            }
            else
            {
                context.Terminal.WriteLine($"{result.Model} is deleted on {result.Node}");
            }

            return ExitCodes.Done;
        });
    }
}
