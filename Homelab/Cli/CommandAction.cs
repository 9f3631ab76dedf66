using System.CommandLine;
using Homelab.Clients;

namespace Homelab.Cli;

/// <summary>Gives commands their action: one context an invocation, and every expected failure as a message and an exit code.</summary>
/// <param name="world">The process's surroundings.</param>
/// <param name="options">The options that every command takes.</param>
internal sealed class CommandAction(CliEnvironment world, GlobalOptions options)
{
    /// <summary>At which a hub listens where nothing else is configured.</summary>
    private const int HubPort = 42421;

    public CliEnvironment World => world;

    /// <summary>Sets what <paramref name="command"/> does; the result is its exit code. Returns the command.</summary>
    public Command On(Command command, Func<CommandContext, CancellationToken, Task<int>> action)
    {
        command.SetAction(async (arguments, cancellation) =>
        {
            using var context = new CommandContext(world, options, arguments);
            try
            {
                return await action(context, cancellation).ConfigureAwait(false);
            }
            catch (ControlException problem)
            {
                context.Terminal.Fail(problem.Message + Advice(problem, context.Client.Address));
                return problem.ExitCode;
            }
            catch (CommandException problem)
            {
                context.Terminal.Fail(problem.Message);
                return problem.ExitCode;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return ExitCodes.Interrupted;
            }
        });
        return command;
    }

    /// <summary>The same for what needs no waiting.</summary>
    public Command On(Command command, Func<CommandContext, int> action) =>
        On(command, (context, _) => Task.FromResult(action(context)));

    private static string Advice(ControlException problem, Uri address) =>
        problem.ExitCode != ControlException.NobodyAnswers ? ""
        : address.Port == HubPort ? "; start one with: homelab hub"
        : "; start one with: homelab daemon";
}
