using System.CommandLine;
using Homelab.Cli.Views;
using Homelab.Configuration;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab usage</c>: who used what.</summary>
internal static class UsageCommand
{
    public static Command Create(CommandAction action)
    {
        var since = new Option<string?>("--since") { Description = "Only what is younger, e.g. 24h [default: all that is kept]", HelpName = "duration" };
        return action.On(new Command("usage", "Show requests and tokens by key, model and machine") { since }, async (context, cancellation) =>
        {
            DateTimeOffset? from = context.Arguments.GetValue(since) is not { } text ? null
                : Duration.TryParse(text, out var age) ? context.Now - age.Value
                : throw new CommandException("--since must be a duration such as 90s, 15m or 24h", ExitCodes.Usage);
            var usage = await context.Client.UsageAsync(from, cancellation).ConfigureAwait(false);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(usage, ContractsJson.Default.UsageWire);
            }
            else
            {
                context.Terminal.Write(UsageView.Build(usage));
            }

            return ExitCodes.Done;
        });
    }
}
