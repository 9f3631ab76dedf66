using System.CommandLine;
using Homelab.Configuration;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab join-token</c>: what a machine needs to join the cluster. For a hub.</summary>
internal static class JoinTokenCommand
{
    public static Command Create(CommandAction action)
    {
        var uses = new Option<int?>("--uses") { Description = "How many machines may join with it [default: 1]", HelpName = "number" };
        var ttl = new Option<string?>("--ttl") { Description = "How long it is good for [default: 24h]", HelpName = "duration" };
        return action.On(new Command("join-token", "Make a token by which a machine joins the cluster, and print it, once") { uses, ttl }, async (context, cancellation) =>
        {
            var request = new JoinTokenRequestWire(context.Arguments.GetValue(uses), Seconds("--ttl", context.Arguments.GetValue(ttl)));
            var made = await context.Client.MakeJoinTokenAsync(request, cancellation).ConfigureAwait(false);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(made, ContractsJson.Default.JoinTokenWire);
            }
            else
            {
                // The token alone on standard output, so that a script can take it.
                context.Terminal.Note($"on the machine that joins: homelab daemon --join {context.Client.Address.GetLeftPart(UriPartial.Authority)} --token TOKEN");
                context.Terminal.WriteLine(made.Token);
            }

            return ExitCodes.Done;
        });
    }

    /// <summary>A duration option in seconds; null where it was not given.</summary>
    /// <exception cref="CommandException">It is no duration.</exception>
    internal static double? Seconds(string option, string? text) =>
        text is null ? null
        : Duration.TryParse(text, out var duration) && duration.Value > TimeSpan.Zero ? duration.Value.TotalSeconds
        : throw new CommandException($"{option} must be a duration such as 90s, 15m or 24h", ExitCodes.Usage);
}
