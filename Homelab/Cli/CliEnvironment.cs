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

    /// <summary>Reads this machine's devices.</summary>
    public IDeviceProbe Probe { get; init; } = new HostMemoryProbe();

    /// <summary>The real one.</summary>
    public static CliEnvironment OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Variables = EnvironmentOverrides.OfProcess(),
    };

    /// <summary>A variable's value; null where it is not set.</summary>
    public string? Variable(string name) => Variables.GetValueOrDefault(name);
}
