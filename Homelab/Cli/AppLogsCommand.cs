using System.CommandLine;
using Homelab.Apps.Output;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab apps logs NAME [--follow] [--lines N]</c></summary>
internal static class AppLogsCommand
{
    private const int UsualLines = 100;

    public static Command Create(CommandAction action)
    {
        var app = new Argument<string>("name") { Description = "Name of the app" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what is printed from now on, until Ctrl-C" };
        var lines = new Option<int>("--lines", "-n") { Description = "How many of the last lines", HelpName = "number", DefaultValueFactory = _ => UsualLines };
        lines.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && int.TryParse(token.Value, out var number) && number is < 0 or > AppLogReader.MostLines)
            {
                result.AddError($"--lines is a number from 0 to {AppLogReader.MostLines}");
            }
        });
        return action.On(new Command("logs", "Show what an app has printed") { app, follow, lines }, async (context, cancellation) =>
        {
            var follows = context.Arguments.GetValue(follow);
            try
            {
                await foreach (var line in context.Client.AppLogAsync(context.Arguments.GetRequiredValue(app), context.Arguments.GetValue(lines), follows, cancellation).ConfigureAwait(false))
                {
                    if (context.Terminal.Json)
                    {
                        context.Terminal.WriteJsonLine(line, ContractsJson.Default.String);
                    }
                    else
                    {
                        context.Terminal.WriteLine(line);
                    }
                }
            }
            catch (OperationCanceledException) when (follows && cancellation.IsCancellationRequested)
            {
                // Ctrl-C is how following ends.
            }

            return ExitCodes.Done;
        });
    }
}
