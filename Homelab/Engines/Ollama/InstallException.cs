namespace Homelab.Engines.Ollama;

/// <summary>An installation failed and changed nothing that was there before. The message is for people.</summary>
internal sealed class InstallException(string message, Exception? inner = null) : Exception(message, inner);
