using System.CommandLine;
using Homelab.Cli.Views;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab nodes</c></summary>
internal static class NodesCommand
{
    public static Command Create(CommandAction action) =>
        action.On(new Command("nodes", "List the machines; a daemon on its own lists itself"), async (context, cancellation) =>
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
        });
}
