using System.CommandLine;
using Homelab.Cli.Output;
using Homelab.Clients;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab models load|unload|pull MODEL</c>: commands that take a while and say how far they are.</summary>
internal static class ModelProgressCommand
{
    public static Command Load(CommandAction action) => Create(
        action, "load", "Load a model now instead of at the first request", static (client, command, cancellation) => client.LoadAsync(command, cancellation), "is loaded");

    public static Command Unload(CommandAction action) => Create(
        action, "unload", "Unload a model that nobody uses", static (client, command, cancellation) => client.UnloadAsync(command, cancellation), "is unloaded");

    public static Command Pull(CommandAction action) => Create(
        action, "pull", "Download a model; goes on where an earlier try stopped", static (client, command, cancellation) => client.PullAsync(command, cancellation), "is installed");

    public static Option<string?> NodeOption() => new("--node") { Description = "Name or id of the node; default: whichever is best", HelpName = "node" };

    private static Command Create(
        CommandAction action,
        string name,
        string description,
        Func<ControlClient, ModelCommandWire, CancellationToken, IAsyncEnumerable<ProgressWire>> call,
        string outcome)
    {
        var model = new Argument<string>("model") { Description = "Model or alias" };
        var node = NodeOption();
        return action.On(new Command(name, description) { model, node }, async (context, cancellation) =>
        {
            var command = new ModelCommandWire(context.Arguments.GetRequiredValue(model), context.Arguments.GetValue(node));
            return await FollowAsync(context, $"{name} {command.Model}", call(context.Client, command, cancellation), result => Sentence(result, outcome)).ConfigureAwait(false);
        });
    }

    /// <summary>Shows how far a command is, and its result in a sentence.</summary>
    /// <exception cref="CommandException">It ended with an error.</exception>
    public static async Task<int> FollowAsync(CommandContext context, string title, IAsyncEnumerable<ProgressWire> steps, Func<ModelCommandResultWire, string> sentence)
    {
        var last = context.Terminal.Json
            ? await PrintAsync(context.Terminal, steps).ConfigureAwait(false)
            : await new ProgressDisplay(context.Terminal, context.Time, title).ShowAsync(steps).ConfigureAwait(false);
        if (last.Error is { } error)
        {
            throw new CommandException(error.Message, ExitCodes.Failed);
        }

        if (!context.Terminal.Json && last.Result is { } result)
        {
            context.Terminal.WriteLine(sentence(result));
        }

        return ExitCodes.Done;
    }

    private static string Sentence(ModelCommandResultWire result, string outcome)
    {
        var facts = (result.Bytes is > 0 and var bytes ? Units.Bytes(bytes) + ", " : "") + Units.Seconds(result.ElapsedSeconds);
        return $"{result.Model} {outcome} on {result.Node} ({facts}){(result.Message is { } message ? ": " + message : "")}";
    }

    private static async Task<ProgressWire> PrintAsync(Terminal terminal, IAsyncEnumerable<ProgressWire> steps)
    {
        var last = new ProgressWire("done", Done: true);
        await foreach (var step in steps.ConfigureAwait(false))
        {
            terminal.WriteJsonLine(step, ContractsJson.Default.ProgressWire);
            last = step;
        }

        return last;
    }
}
