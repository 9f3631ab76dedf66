using System.Collections.Immutable;
using Homelab.Configuration;
using Homelab.Domain.Models;

namespace Homelab.Engines.Simulated;

/// <summary>What the simulated Ollama pretends to be: its models, its device and its speed.</summary>
internal sealed record SimulatedSettings
{
    /// <summary>The version it reports: one whose protocol was recorded from the real program.</summary>
    public string Version { get; init; } = "0.32.15";

    /// <summary>Bytes of its one device.</summary>
    public ByteSize Memory { get; init; } = ByteSize.FromGibibytes(24);

    /// <summary>Bytes a second that a load takes; zero: loads take no time.</summary>
    public ByteSize LoadRate { get; init; } = ByteSize.FromGibibytes(2);

    /// <summary>Bytes a second that a pull takes; zero: pulls take no time.</summary>
    public ByteSize PullRate { get; init; } = ByteSize.FromMebibytes(256);

    /// <summary>Speed of one generation; zero: no delay.</summary>
    public double TokensPerSecond { get; init; } = 40;

    /// <summary>Speed of reading a prompt, as a multiple of <see cref="TokensPerSecond"/>.</summary>
    public double PrefillFactor { get; init; } = 25;

    /// <summary>How long a load may take at least, whatever the model's size.</summary>
    public TimeSpan MinimumLoadTime { get; init; }

    /// <summary>How long an unloaded model is still listed.</summary>
    public TimeSpan UnloadTime { get; init; }

    /// <summary>Tokens in every answer; 0: a natural length that follows from the question.</summary>
    public int AnswerTokens { get; init; }

    /// <summary>Generations that one loaded model serves at the same time; each has its own KV cache.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Context of a load that names none (real Ollama: <c>OLLAMA_CONTEXT_LENGTH</c>, or by the size of its GPUs).</summary>
    public int DefaultContext { get; init; } = 4096;

    /// <summary>Whether <see cref="DefaultContext"/> was set by hand: then a loaded model with another context is reloaded for it.</summary>
    public bool ContextIsExplicit { get; init; }

    /// <summary>How long a model stays loaded after its last use where nobody said.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Requests that may wait for a load (<c>OLLAMA_MAX_QUEUE</c>).</summary>
    public int MaximumQueue { get; init; } = 512;

    /// <summary>Models loaded at the same time (<c>OLLAMA_MAX_LOADED_MODELS</c>); 0: as many as fit.</summary>
    public int MaximumLoaded { get; init; }

    /// <summary>Whether the list of loaded models is empty while any model loads, as was recorded; else only the loading one is missing.</summary>
    public bool ListsNothingWhileLoading { get; init; } = true;

    /// <summary>Whether loaded models are in the memory of a GPU (<c>size_vram</c>) or in the machine's.</summary>
    public bool OnGpu { get; init; } = true;

    /// <summary>The registry's name, part of some error texts.</summary>
    public string Registry { get; init; } = "registry.ollama.ai";

    /// <summary>Whether its name resolves: without it, pulls of names without a host fail as on a machine without network.</summary>
    public bool RegistryIsReachable { get; init; } = true;

    /// <summary>Models on disk at the start.</summary>
    public ImmutableArray<SimulatedModel> Models { get; init; } = [];

    /// <summary>Models that a pull finds.</summary>
    public ImmutableArray<SimulatedModel> Catalogue { get; init; } = [];

    /// <summary>From the configuration; an empty list of models becomes a small set of believable ones.</summary>
    public static SimulatedSettings From(SimulatedConfig config) => new()
    {
        Memory = config.Memory,
        LoadRate = config.LoadRate,
        TokensPerSecond = config.TokensPerSecond,
        Models = config.Models.Count == 0
            ? SimulatedCatalogue.Installed
            : [.. config.Models.Select(m => SimulatedModel.Create(m.Name, m.Size, m.Embedding))],
        Catalogue = SimulatedCatalogue.Pullable,
    };
}
