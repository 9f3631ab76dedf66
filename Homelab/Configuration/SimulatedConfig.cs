using Homelab.Domain.Models;

namespace Homelab.Configuration;

/// <summary><c>daemon.engines.simulated:</c>, an engine that makes its answers up: for demos and tests, labelled as such everywhere.</summary>
internal sealed class SimulatedConfig
{
    public bool Enabled { get; set; }

    /// <summary>Bytes that its one device has.</summary>
    public ByteSize Memory { get; set; } = ByteSize.FromGibibytes(24);

    /// <summary>Bytes a second that a load takes.</summary>
    public ByteSize LoadRate { get; set; } = ByteSize.FromGibibytes(2);

    public double TokensPerSecond { get; set; } = 40;

    /// <summary>Which models it pretends to have; empty: a small set of its own.</summary>
    public List<SimulatedModelConfig> Models { get; set; } = [];
}
