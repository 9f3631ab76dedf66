namespace Homelab.Engines.Gguf;

/// <summary>A file is no GGUF file, or claims what cannot be; the message names what, for people.</summary>
internal sealed class GgufException(string message) : Exception(message);
