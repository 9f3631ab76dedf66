using Homelab.Configuration;

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

    /// <summary>Reads an environment variable; null where it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    public required HomelabFolder Folder { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The real one.</summary>
    public static CliEnvironment OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Variable = Environment.GetEnvironmentVariable,
        Folder = HomelabFolder.FromEnvironment(),
    };
}
