using Homelab.Engines.Ollama;

namespace Homelab.Cli.Doctor;

/// <summary>What Ollama said when asked.</summary>
/// <param name="Version">Null where it did not answer.</param>
/// <param name="Problem">Why it did not.</param>
/// <param name="Models">What it lists, cloud models included.</param>
internal sealed record OllamaReading(string? Version, string? Problem, IReadOnlyList<OllamaTag> Models);
