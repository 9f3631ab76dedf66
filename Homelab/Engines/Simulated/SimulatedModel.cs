using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Homelab.Domain.Models;

namespace Homelab.Engines.Simulated;

/// <summary>A model on the simulated disk.</summary>
internal sealed record SimulatedModel
{
    private const string ChatTemplate = "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n";

    /// <summary>As listed, with its tag.</summary>
    public required string Name { get; init; }

    /// <summary>Of the manifest: 64 hexadecimal digits.</summary>
    public required string Digest { get; init; }

    /// <summary>Of the weights. Models with the same weights share one loaded copy, as with real Ollama.</summary>
    public required string Blob { get; init; }

    /// <summary>Bytes on disk.</summary>
    public required long Size { get; init; }

    public required SimulatedArchitecture Architecture { get; init; }

    /// <summary>The model that it was made from; empty for none.</summary>
    public string Parent { get; init; } = "";

    public ImmutableArray<string> Capabilities { get; init; } = ["completion", "tools"];

    public string Template { get; init; } = ChatTemplate;

    public string System { get; init; } = "";

    public ImmutableArray<ModelParameter> Parameters { get; init; } = [];

    public DateTimeOffset ModifiedAt { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>Why its weights can never be loaded; null for a good file.</summary>
    public string? LoadError { get; init; }

    public bool IsEmbedder => Capabilities.Contains("embedding");

    /// <summary>The context that its own parameters ask for; null where they do not.</summary>
    public int? Context => Parameters.FirstOrDefault(p => p.Key == "num_ctx") is { } parameter
        && int.TryParse(parameter.Text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var tokens) ? tokens : null;

    public static SimulatedModel Create(string name, ByteSize size, bool embedding) => new()
    {
        Name = ModelName.TryParse(name, out var canonical) ? canonical.Value : name,
        Digest = Hash("manifest " + name),
        Blob = Hash("weights " + name),
        Size = size.Bytes,
        Architecture = SimulatedArchitecture.For(size.Bytes, embedding),
        Capabilities = embedding ? ["embedding"] : ["completion", "tools"],
    };

    /// <summary>Bytes in memory: weights, and for each parallel sequence a KV cache of the context.</summary>
    public long MemoryFor(int context, int parallel) =>
        Size + ((long)context * (IsEmbedder ? 1 : parallel) * Architecture.KeyValueBytesPerToken);

    /// <summary>64 hexadecimal digits that depend on the text only.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
