namespace Homelab.Processes;

/// <summary>A child process could not be started. The message says which and why, for people.</summary>
internal sealed class ChildStartException(string message, Exception? inner = null) : Exception(message, inner);
