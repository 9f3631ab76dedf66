using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Apps.Manifests;

/// <summary>One checked manifest: what an app is, how it is started and what it needs. Immutable; two of one <see cref="Hash"/> say the same.</summary>
internal sealed record AppManifest
{
    /// <summary>What the app is called, which is the file's name without its ending.</summary>
    public required string Name { get; init; }

    /// <summary>The file that it was read from.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of the file, in small hexadecimal digits.</summary>
    public required string Hash { get; init; }

    /// <summary>Program and arguments with their placeholders, which <see cref="AppText.Fill"/> replaces. Never empty.</summary>
    public required ImmutableArray<string> Command { get; init; }

    /// <summary>A whole path; null: the folder of the app's files.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Variables as they were written, with placeholders and references, which <see cref="AppEnvironment.Resolve"/> replaces: what they
    /// stand for may be secret and is not kept here.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The port that the app listens at; null: a free one is chosen.</summary>
    public int? Port { get; init; }

    /// <summary>A path, query allowed, that answers 2xx once the app is ready; null: it is ready when it accepts connections.</summary>
    public string? Health { get; init; }

    /// <summary>How long it may take until it is ready. More than zero.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long it stays when nobody uses it; zero: for ever.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Memory of a graphics card that it takes.</summary>
    public ByteSize Vram { get; init; }

    /// <summary>Memory of the machine that it takes.</summary>
    public ByteSize Ram { get; init; }

    /// <summary>The models that it serves, each once, spelled as the app itself calls them.</summary>
    public ImmutableArray<string> Models { get; init; } = [];

    /// <summary>Whether it serves a model.</summary>
    /// <param name="model">In any spelling.</param>
    public bool Serves(string model) => ModelName.TryParse(model, out var name) && Models.Any(m => ModelName.Parse(m) == name);

    /// <summary>What must lie in the folder of its files before it is started.</summary>
    public ImmutableArray<AppFile> Files { get; init; } = [];
}
