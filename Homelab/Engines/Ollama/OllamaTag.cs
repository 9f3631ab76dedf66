using System.Collections.Immutable;
using System.Text.Json;
using Homelab.Domain.Models;

namespace Homelab.Engines.Ollama;

/// <summary>One model that Ollama has on disk.</summary>
/// <param name="Name">Canonical.</param>
/// <param name="Digest">Of the manifest; two names with one digest are one model.</param>
/// <param name="Size">Of all its files.</param>
/// <param name="Capabilities">Empty where this version does not list them.</param>
/// <param name="IsCloud">Whether it only stands for a model on somebody else's machine.</param>
/// <param name="Entry">As Ollama wrote it.</param>
internal sealed record OllamaTag(ModelName Name, string Digest, ByteSize Size, ImmutableArray<string> Capabilities, bool IsCloud, JsonElement Entry);
