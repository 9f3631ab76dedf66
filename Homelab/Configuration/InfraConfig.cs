using Homelab.Domain.Models;

namespace Homelab.Configuration;

/// <summary><c>infra:</c>, what may be shown of this machine's files.</summary>
internal sealed class InfraConfig
{
    /// <summary>Nothing of a larger file is shown.</summary>
    public ByteSize MaxFile { get; set; } = ByteSize.FromMebibytes(256);

    public List<InfraRootConfig> Roots { get; set; } = [];
}
