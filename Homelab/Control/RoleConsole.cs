namespace Homelab.Control;

/// <summary>What a role prints, logs and tells the time by.</summary>
/// <param name="Output">Greeting and notices for the one who started it.</param>
/// <param name="Errors">The log.</param>
/// <param name="Level">The least important message that is logged.</param>
/// <param name="Time">The one clock of the whole process.</param>
internal sealed record RoleConsole(TextWriter Output, TextWriter Errors, LogLevel Level, TimeProvider Time)
{
    /// <summary>Asks the person at the terminal a yes-or-no question; null where there is none.</summary>
    public Func<string, CancellationToken, Task<bool>>? Ask { get; init; }

    /// <summary>What the user should know of the configuration: logged at the start and shown in the status.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Cancelled where the user does not want to wait for running requests any longer.</summary>
    public CancellationToken Hurry { get; init; }

    /// <summary>The process's own.</summary>
    public static RoleConsole OfProcess(LogLevel level) => new(Console.Out, Console.Error, level, TimeProvider.System);
}
