using System.CommandLine;
using Homelab.Cli.Output;
using Homelab.Cli.Views;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab nodes</c> and what belongs to it; on its own it lists.</summary>
internal static class NodesCommand
{
    public static Command Create(CommandAction action)
    {
        var command = new Command("nodes", "List the machines, and drain or remove one; a daemon on its own lists itself")
        {
            action.On(new Command("list", "List the machines with their memory and what is loaded"), ListAsync),
            Change(action, "drain", "Send a machine nothing new; what runs there ends by itself", static (context, node, cancellation) => context.Client.DrainAsync(node, cancellation),
                static node => $"{node.Name} is draining: it gets nothing new from the hub and still serves its own users; homelab nodes resume {node.Name} ends that"),
            Change(action, "resume", "End a drain", static (context, node, cancellation) => context.Client.ResumeAsync(node, cancellation),
                static node => $"{node.Name} takes work again"),
            Change(action, "remove", "Forget a machine and revoke its credential", static (context, node, cancellation) => context.Client.RemoveNodeAsync(node, cancellation),
                static node => $"{node.Name} is removed; it needs a new join token to come back"),
        };
        return action.On(command, ListAsync);
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellation)
    {
        var nodes = await context.Client.NodesAsync(cancellation).ConfigureAwait(false);
        if (context.Terminal.Json)
        {
            context.Terminal.WriteJson(nodes, ContractsJson.Default.IReadOnlyListNodeWire);
        }
        else
        {
            context.Terminal.Write(NodeListView.Build(nodes));
        }

        return ExitCodes.Done;
    }

    private static Command Change(CommandAction action, string verb, string description, Func<CommandContext, string, CancellationToken, Task<NodeWire>> call, Func<NodeWire, string> said)
    {
        var node = new Argument<string>("node") { Description = "Name or id of the machine" };
        return action.On(new Command(verb, description) { node }, async (context, cancellation) =>
        {
            var changed = await call(context, context.Arguments.GetRequiredValue(node), cancellation).ConfigureAwait(false);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(changed, ContractsJson.Default.NodeWire);
            }
            else
            {
                context.Terminal.WriteLine(Cell.Of(said(changed)));
            }

            return ExitCodes.Done;
        });
    }
}
