using Homelab.Domain.Models;

namespace Homelab.Configuration;

/// <summary>One model of the simulated engine.</summary>
internal sealed class SimulatedModelConfig
{
    public string Name { get; set; } = "";

    /// <summary>Bytes that it takes in memory and on disk.</summary>
    public ByteSize Size { get; set; } = ByteSize.FromGibibytes(4);

    /// <summary>Whether it makes embeddings instead of text.</summary>
    public bool Embedding { get; set; }
}
