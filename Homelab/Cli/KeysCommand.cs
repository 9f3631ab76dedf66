using System.CommandLine;
using Homelab.Cli.Views;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab keys</c> and what belongs to it; on its own it lists. For a hub.</summary>
internal static class KeysCommand
{
    public static Command Create(CommandAction action)
    {
        var command = new Command("keys", "List, make and revoke the keys by which callers use the hub")
        {
            action.On(new Command("list", "List the keys, without their secrets"), ListAsync),
            Add(action),
            Revoke(action),
        };
        return action.On(command, ListAsync);
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellation)
    {
        var keys = await context.Client.KeysAsync(cancellation).ConfigureAwait(false);
        if (context.Terminal.Json)
        {
            context.Terminal.WriteJson(keys, ContractsJson.Default.IReadOnlyListKeyWire);
        }
        else
        {
            context.Terminal.Write(KeyListView.Build(keys, context.Now));
        }

        return ExitCodes.Done;
    }

    private static Command Add(CommandAction action)
    {
        var name = new Argument<string>("name") { Description = "Who the key is for; shown in usage" };
        var models = new Option<string[]>("--models") { Description = "Models that it may use, * for any characters; repeat for several [default: *]", HelpName = "pattern" };
        var rate = new Option<int?>("--requests-per-minute") { Description = "Requests that it may start in a minute [default: no limit]", HelpName = "number" };
        var admin = new Option<bool>("--admin") { Description = "Let it change the cluster, too" };
        var infra = new Option<bool>("--infra") { Description = "Let it read the files that machines' own configuration opened (infra.roots)" };
        var ttl = new Option<string?>("--ttl") { Description = "How long it is good for, e.g. 720h [default: until it is revoked]", HelpName = "duration" };
        return action.On(new Command("add", "Make a key and print it, once") { name, models, rate, admin, infra, ttl }, async (context, cancellation) =>
        {
            var arguments = context.Arguments;
            var made = await context.Client.AddKeyAsync(
                new KeyRequestWire(
                    arguments.GetRequiredValue(name),
                    arguments.GetValue(models) is { Length: > 0 } patterns ? patterns : null,
                    arguments.GetValue(rate),
                    arguments.GetValue(admin),
                    JoinTokenCommand.Seconds("--ttl", arguments.GetValue(ttl)),
                    arguments.GetValue(infra)),
                cancellation).ConfigureAwait(false);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(made, ContractsJson.Default.KeyMadeWire);
            }
            else
            {
                context.Terminal.Note($"key {made.Key.Id} for {made.Key.Name}; it is shown this once:");
                context.Terminal.WriteLine(made.Secret);
            }

            return ExitCodes.Done;
        });
    }

    private static Command Revoke(CommandAction action)
    {
        var key = new Argument<string>("key") { Description = "Id or name of the key" };
        return action.On(new Command("revoke", "Revoke a key; its next request is refused") { key }, async (context, cancellation) =>
        {
            var revoked = await context.Client.RevokeKeyAsync(context.Arguments.GetRequiredValue(key), cancellation).ConfigureAwait(false);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(revoked, ContractsJson.Default.KeyWire);
            }
            else
            {
                context.Terminal.WriteLine($"key {revoked.Id} ({revoked.Name}) is revoked");
            }

            return ExitCodes.Done;
        });
    }
}
