using System.CommandLine;
using Homelab.Cli.Views;
using Homelab.Clients;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab models show MODEL</c></summary>
internal static class ModelShowCommand
{
    private const string DefaultTag = ":latest";

    public static Command Create(CommandAction action)
    {
        var model = new Argument<string>("model") { Description = "Model or alias" };
        return action.On(new Command("show", "Show one model: where it is, what it can, why it failed") { model }, async (context, cancellation) =>
        {
            var name = context.Arguments.GetRequiredValue(model);
            var models = await context.Client.ModelsAsync(cancellation).ConfigureAwait(false);
            var found = Find(models, name) ?? throw new CommandException(NotFound(models, name), ExitCodes.Failed);
            found = found with { Estimate = await EstimateAsync(context, found.Name, cancellation).ConfigureAwait(false) };
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(found, ContractsJson.Default.ModelWire);
            }
            else
            {
                context.Terminal.Write(ModelListView.Show(found));
            }

            return ExitCodes.Done;
        });
    }

    /// <summary>What it needs in memory, as the machine that answers reckons; null where it is not on that machine, or a hub answers.</summary>
    private static async Task<EstimateWire?> EstimateAsync(CommandContext context, string model, CancellationToken cancellation)
    {
        try
        {
            return (await context.Client.FitAsync(model, context: null, cancellation).ConfigureAwait(false)).Estimate;
        }
        catch (ControlException problem) when (!problem.IsTransient)
        {
            return null;
        }
    }

    private static ModelWire? Find(IReadOnlyList<ModelWire> models, string name) =>
        models.FirstOrDefault(m => Same(m.Name, name) || Same(m.Name, name + DefaultTag))
        ?? models.FirstOrDefault(m => m.Aliases.Any(a => Same(a, name)));

    private static string NotFound(IReadOnlyList<ModelWire> models, string name)
    {
        var near = Suggestion.For(name, models.SelectMany(m => m.Aliases.Prepend(m.Name)));
        return $"there is no model '{name}'" + (near is null ? "; see: homelab models list" : $"; did you mean '{near}'?");
    }

    private static bool Same(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
