using System.CommandLine;
using Homelab.Cli.Output;
using Homelab.Clients;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab apps start|stop NAME</c>: commands that take a while and say how far they are.</summary>
internal static class AppProgressCommand
{
    public static Command Start(CommandAction action) => Create(
        action, "start", "Start an app now instead of at the first request, and fetch its files", static (client, app, node, cancellation) => client.StartAppAsync(app, node, cancellation), "is running");

    public static Command Stop(CommandAction action) => Create(
        action, "stop", "Stop an app that nobody uses", static (client, app, node, cancellation) => client.StopAppAsync(app, node, cancellation), "is stopped");

    private static Command Create(
        CommandAction action,
        string name,
        string description,
        Func<ControlClient, string, string?, CancellationToken, IAsyncEnumerable<ProgressWire>> call,
        string outcome)
    {
        var app = new Argument<string>("name") { Description = "Name of the app" };
        var node = ModelProgressCommand.NodeOption();
        return action.On(new Command(name, description) { app, node }, async (context, cancellation) =>
        {
            var asked = context.Arguments.GetRequiredValue(app);
            var steps = call(context.Client, asked, context.Arguments.GetValue(node), cancellation);
            return await ModelProgressCommand.FollowAsync(context, $"{name} {asked}", steps, result => Sentence(asked, result, outcome)).ConfigureAwait(false);
        });
    }

    private static string Sentence(string app, ModelCommandResultWire result, string outcome)
    {
        var facts = (result.Bytes is > 0 and var bytes ? Units.Bytes(bytes) + ", " : "") + Units.Seconds(result.ElapsedSeconds);
        return $"{app} {outcome} on {result.Node} ({facts}){(result.Message is { } message ? ": " + message : "")}";
    }
}
