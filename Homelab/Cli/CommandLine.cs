using System.CommandLine;
using System.CommandLine.Invocation;

namespace Homelab.Cli;

/// <summary>Parses arguments, runs what they name, and returns the exit code.</summary>
internal static class CommandLine
{
    /// <summary>Never throws: what nobody expected is written to standard error in full and is exit code 1.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliEnvironment world, CancellationToken cancellation)
    {
        try
        {
            var parsed = RootCommandFactory.Create(world).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
            {
                return await RefuseAsync(parsed, arguments, world, cancellation).ConfigureAwait(false);
            }

            return await parsed.InvokeAsync(Invocation(world.Out, world.Error), cancellation).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            await world.Error.WriteLineAsync($"homelab: this should not have happened: {problem}").ConfigureAwait(false);
            return ExitCodes.Failed;
        }
    }

    /// <summary>Signals are the caller's (see <see cref="Interruption"/>): the library's own handling would end a draining daemon.</summary>
    private static InvocationConfiguration Invocation(TextWriter output, TextWriter error) =>
        new() { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };

    private static async Task<int> RefuseAsync(ParseResult parsed, IReadOnlyList<string> arguments, CliEnvironment world, CancellationToken cancellation)
    {
        var command = parsed.CommandResult.Command;
        var isGroup = command.Subcommands.Count > 0 && command.Action is null;
        if (isGroup && parsed.CommandResult.Tokens.Count == 0 && parsed.UnmatchedTokens.Count == 0)
        {
            // A group without a subcommand: the list of subcommands says more than an error.
            await RootCommandFactory.Create(world).Parse([.. arguments, "--help"]).InvokeAsync(Invocation(world.Error, world.Error), cancellation).ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        foreach (var error in parsed.Errors)
        {
            await world.Error.WriteLineAsync("homelab: " + Clients.Printable.OneLine(error.Message)).ConfigureAwait(false);
        }

        foreach (var word in parsed.UnmatchedTokens.Take(1))
        {
            if (Suggestion.For(word, command.Subcommands.Select(c => c.Name).Concat(command.Options.Select(o => o.Name))) is { } nearest)
            {
                await world.Error.WriteLineAsync($"homelab: did you mean '{nearest}'?").ConfigureAwait(false);
            }
        }

        await world.Error.WriteLineAsync($"Try: {Path(parsed)} --help").ConfigureAwait(false);
        return ExitCodes.Usage;
    }

    private static string Path(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? result = parsed.CommandResult; result is System.CommandLine.Parsing.CommandResult command; result = command.Parent)
        {
            names.Push(command.Command is RootCommand ? "homelab" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
