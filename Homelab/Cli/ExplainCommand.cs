using System.CommandLine;
using Homelab.Cli.Views;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab explain MODEL</c></summary>
internal static class ExplainCommand
{
    public static Command Create(CommandAction action)
    {
        var model = new Argument<string>("model") { Description = "Model or alias" };
        return action.On(new Command("explain", "Show what a request for a model would do now, and why; changes nothing") { model }, async (context, cancellation) =>
        {
            var explain = await context.Client.ExplainAsync(context.Arguments.GetRequiredValue(model), cancellation).ConfigureAwait(false);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(explain, ContractsJson.Default.ExplainWire);
            }
            else
            {
                context.Terminal.Write(ExplainView.Build(explain, context.Now));
            }

            return ExitCodes.Done;
        });
    }
}
