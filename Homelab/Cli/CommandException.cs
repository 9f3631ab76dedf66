namespace Homelab.Cli;

/// <summary>Ends a command with a message on standard error and an exit code.</summary>
internal sealed class CommandException(string message, int exitCode) : Exception(message)
{
    /// <summary>One of <see cref="ExitCodes"/>.</summary>
    public int ExitCode => exitCode;
}
