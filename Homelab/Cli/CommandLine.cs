using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Homelab.Telemetry;

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
        if (isGroup && parsed.Tokens.All(t => t.Type == TokenType.Command))
        {
            // A group without a subcommand: the list of subcommands says more than an error.
            await RootCommandFactory.Create(world).Parse([.. arguments, "--help"]).InvokeAsync(Invocation(world.Error, world.Error), cancellation).ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        foreach (var message in Messages(parsed, command, isGroup))
        {
            await world.Error.WriteLineAsync("homelab: " + Printable.OneLine(message)).ConfigureAwait(false);
        }

        await world.Error.WriteLineAsync($"Try: {Path(parsed)} --help").ConfigureAwait(false);
        return ExitCodes.Usage;
    }

    /// <summary>One line about the first word that nobody knows, which explains whatever else is wrong; else a line for each thing that is.</summary>
    private static IEnumerable<string> Messages(ParseResult parsed, Command command, bool isGroup)
    {
        if (parsed.UnmatchedTokens is [var word, ..])
        {
            var isOption = word.StartsWith('-');
            var nearest = Suggestion.For(word, isOption ? Options(parsed) : command.Subcommands.Select(c => c.Name));
            var kind = isOption ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
            return [$"'{Printable.OneLine(word, 100)}' is no {kind} of {Path(parsed)}{(nearest is null ? "" : $"; did you mean '{nearest}'?")}"];
        }

        // That a group wants a subcommand is no news to someone whose option was wrong.
        var specific = parsed.Errors.Where(e => !isGroup || e.SymbolResult is not CommandResult).Select(e => e.Message).ToList();
        return specific.Count > 0 ? specific : parsed.Errors.Select(e => e.Message);
    }

    /// <summary>The names of the options that the command takes, its own and those that hold for every command.</summary>
    private static IEnumerable<string> Options(ParseResult parsed)
    {
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = command.Parent)
        {
            foreach (var option in command.Command.Options.Where(o => o.Recursive || result == parsed.CommandResult))
            {
                yield return option.Name;
            }
        }
    }

    private static string Path(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = command.Parent)
        {
            names.Push(command.Command is RootCommand ? "homelab" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
