using Homelab.Configuration;
using Homelab.Processes;

namespace Homelab.Engines.Ollama;

/// <summary>Where homelab's own copy of Ollama lies.</summary>
internal sealed class OllamaFolder(HomelabFolder home)
{
    /// <summary>The unpacked release in use.</summary>
    public string Current => Path.Combine(home.Engines, "ollama");

    /// <summary>The one before, while a new one takes its place.</summary>
    public string Former => Path.Combine(home.Engines, "ollama.former");

    /// <summary>A release while it is unpacked.</summary>
    public string Unpacking => Path.Combine(home.Engines, "ollama.unpacking");

    public string Downloads => Path.Combine(home.Engines, "downloads");

    /// <summary>The executable of the installed release; null where there is none. Linux archives have it in <c>bin/</c>, the others at the top.</summary>
    public string? FindExecutable() => FindExecutable(Current);

    public static string? FindExecutable(string release) =>
        ExecutableSearch.Check(Path.Combine(release, "bin", "ollama")) ?? ExecutableSearch.Check(Path.Combine(release, "ollama"));
}
