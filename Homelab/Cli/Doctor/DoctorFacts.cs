using System.Collections.Immutable;
using System.Net;
using Homelab.Clients;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Domain.Memory;

namespace Homelab.Cli.Doctor;

/// <summary>Everything that the checks judge, read once.</summary>
internal sealed record DoctorFacts
{
    public required LoadedConfiguration Loaded { get; init; }

    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>The address that was asked for a daemon.</summary>
    public required Uri Address { get; init; }

    /// <summary>What the daemon said; null where it did not.</summary>
    public StatusWire? Daemon { get; init; }

    /// <summary>Why it did not.</summary>
    public ControlException? DaemonProblem { get; init; }

    public required OllamaReading Ollama { get; init; }

    /// <summary>The executable that the daemon would start; null where there is none.</summary>
    public string? OllamaExecutable { get; init; }

    public ImmutableArray<DeviceReading> Devices { get; init; } = [];

    /// <summary>GPUs that are there and do not count, each with why.</summary>
    public ImmutableArray<string> LeftOut { get; init; } = [];

    /// <summary>A GPU that the system shows; null where there is none.</summary>
    public string? Gpu { get; init; }

    /// <summary>What systemd gives to Ollama, where it is a service.</summary>
    public OllamaUnit Unit { get; init; } = OllamaUnit.None;

    /// <summary>Every address of this machine that somebody listens at.</summary>
    public IReadOnlyList<IPEndPoint> Listeners { get; init; } = [];

    /// <summary>Where Ollama keeps its models.</summary>
    public string ModelsFolder { get; init; } = "";

    /// <summary>Bytes free there; null where it cannot be told.</summary>
    public long? FreeDiskBytes { get; init; }

    /// <summary>Homelab's folder, its configuration and its state.</summary>
    public IReadOnlyList<FileReading> Files { get; init; } = [];

    public required string Version { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>The configuration; the defaults where it is wrong, so that the rest can be judged.</summary>
    public HomelabConfig Config => Loaded.Config ?? Defaults;

    /// <summary>Whether models are served by an Ollama at all.</summary>
    public bool UsesOllama => !IsSimulated && Config.Daemon.Engines.Ollama.Manage != ManageMode.Off;

    /// <summary>Whether answers are made up: by the configuration, or by the flag that the running daemon was given.</summary>
    public bool IsSimulated => Config.Daemon.Engines.Simulated.Enabled || Daemon?.Engine?.Simulated == true;

    private static HomelabConfig Defaults { get; } = new();

    public string? Variable(string name) => Variables.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
}
