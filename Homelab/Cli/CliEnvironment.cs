using Homelab.Clients;
using Homelab.Configuration;
using Homelab.Hardware;

namespace Homelab.Cli;

/// <summary>What the command line sees of the process it runs in; tests give their own.</summary>
internal sealed record CliEnvironment
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal; null: whatever the terminal says.</summary>
    public int? Width { get; init; }

    /// <summary>The environment's variables.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>Homelab's folder as the environment names it.</summary>
    public HomelabFolder Folder => HomelabFolder.Of(Variables);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where this machine's daemon is asked when nobody says where.</summary>
    public string DefaultAddress { get; init; } = ControlAddress.Default;

    /// <summary>Reads this machine's devices.</summary>
    public IDeviceProbe Probe { get; init; } = MachineProbe.OfThisMachine(TimeProvider.System);

    /// <summary>Asks the person at the terminal a yes-or-no question; null where there is none.</summary>
    public Func<string, CancellationToken, Task<bool>>? Ask { get; init; }

    /// <summary>Cancelled where the user asked a second time to end: a daemon then waits for no running request.</summary>
    public CancellationToken Hurry { get; init; }

    /// <summary>The real one.</summary>
    public static CliEnvironment OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Variables = EnvironmentOverrides.OfProcess(),
        Ask = Console.IsInputRedirected || Console.IsOutputRedirected ? null : AskAtTerminalAsync,
    };

    private static async Task<bool> AskAtTerminalAsync(string question, CancellationToken cancellation)
    {
        await Console.Out.WriteAsync($"{question} [y/N] ").ConfigureAwait(false);

        // Reading the console cannot be cancelled; the answer is not waited for past the end of the daemon.
        var answer = await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(cancellation).ConfigureAwait(false);
        return answer?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    /// <summary>A variable's value; null where it is not set.</summary>
    public string? Variable(string name) => Variables.GetValueOrDefault(name);
}
