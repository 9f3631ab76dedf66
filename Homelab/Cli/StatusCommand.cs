using System.CommandLine;
using Homelab.Cli.Views;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab status</c>: the daemon or hub at a glance, once.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandAction action)
    {
        var watch = new Option<bool>("--watch", "-w") { Description = "Keep showing it, once a second, until Ctrl-C" };
        var command = new Command("status", "Show the engine, memory, loaded models and waiting requests") { watch };
        return action.On(command, (context, cancellation) => context.Arguments.GetValue(watch)
            ? new StatusWatch(context).RunAsync(cancellation)
            : ShowAsync(context, cancellation));
    }

    /// <summary>Both calls at the same time; the first failure is thrown.</summary>
    internal static async Task<(StatusWire Status, IReadOnlyList<NodeWire> Nodes)> ReadAsync(CommandContext context, CancellationToken cancellation)
    {
        var status = context.Client.StatusAsync(cancellation);
        var nodes = context.Client.NodesAsync(cancellation);
        await Task.WhenAll(status, nodes).ConfigureAwait(false);
        return (await status.ConfigureAwait(false), await nodes.ConfigureAwait(false));
    }

    private static async Task<int> ShowAsync(CommandContext context, CancellationToken cancellation)
    {
        if (context.Terminal.Json)
        {
            context.Terminal.WriteJson(await context.Client.StatusAsync(cancellation).ConfigureAwait(false), ContractsJson.Default.StatusWire);
            return ExitCodes.Done;
        }

        var (status, nodes) = await ReadAsync(context, cancellation).ConfigureAwait(false);
        context.Terminal.Write(StatusView.Build(status, nodes, context.Now, context.Terminal.IsRich));
        return ExitCodes.Done;
    }
}
