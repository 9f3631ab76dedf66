namespace Homelab.Domain.Residency;

/// <summary>Which loaded copy in the engine would serve a model. Ollama keeps one copy of a weights file, whatever models are made of it: those
/// that ask for the same settings share it, and a request for any other makes Ollama reload it.</summary>
/// <param name="Weights">Of the weights file; two models with one of these are never in memory as two replicas.</param>
/// <param name="Settings">All that the model asks of a load besides its context: projector, adapters, draft, runner parameters.</param>
/// <param name="Context">The context that the model's own parameters ask for; 0 where they leave it open.</param>
internal sealed record RunnerIdentity(string Weights, string Settings, int Context);
