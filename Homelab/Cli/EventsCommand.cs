using System.CommandLine;
using System.Globalization;
using Homelab.Cli.Views;
using Homelab.Configuration;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab events</c></summary>
internal static class EventsCommand
{
    public static Command Create(CommandAction action)
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new events until Ctrl-C; survives restarts of the daemon" };
        var since = new Option<string?>("--since") { Description = "Only events after an event's id, or younger than a duration such as 10m", HelpName = "id|duration" };
        var command = new Command("events", "Show what happened: loads, evictions, failures") { follow, since };
        return action.On(command, (context, cancellation) =>
            RunAsync(context, context.Arguments.GetValue(follow), context.Arguments.GetValue(since), cancellation));
    }

    private static async Task<int> RunAsync(CommandContext context, bool follow, string? since, CancellationToken cancellation)
    {
        var (after, oldest) = ReadSince(context, since);
        var events = follow
            ? context.Client.FollowEventsAsync(after, reason => context.Terminal.Note($"homelab: {reason}; connecting again"), cancellation)
            : context.Client.EventsAsync(after, cancellation);
        try
        {
            await foreach (var item in events.ConfigureAwait(false))
            {
                if (item.At < oldest)
                {
                    continue;
                }

                if (context.Terminal.Json)
                {
                    context.Terminal.WriteJsonLine(item, ContractsJson.Default.EventWire);
                }
                else
                {
                    context.Terminal.WriteLine(EventLine.Describe(item, context.Time.LocalTimeZone));
                }
            }
        }
        catch (OperationCanceledException) when (follow && cancellation.IsCancellationRequested)
        {
            // Ctrl-C is how following ends.
        }

        return ExitCodes.Done;
    }

    private static (long After, DateTimeOffset Oldest) ReadSince(CommandContext context, string? since)
    {
        if (since is null)
        {
            return (0, DateTimeOffset.MinValue);
        }

        if (long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return (id, DateTimeOffset.MinValue);
        }

        return Duration.TryParse(since, out var age)
            ? (0, context.Now - age.Value)
            : throw new CommandException("--since must be an event's id or a duration such as 90s, 15m or 1h30m", ExitCodes.Usage);
    }
}
