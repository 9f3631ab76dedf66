namespace Homelab.Engines.Ollama;

/// <summary>Who runs the Ollama that this node uses, for <c>status</c> and <c>doctor</c>.</summary>
/// <param name="Phase">How it stands.</param>
/// <param name="Detail">One sentence for people: what is so, and what to do about it.</param>
/// <param name="ProcessId">Of our child; null where there is none.</param>
/// <param name="Restarts">How often our child ended by itself since the daemon's start.</param>
internal sealed record OllamaSupervisorState(OllamaPhase Phase, string Detail, int? ProcessId = null, int Restarts = 0);
