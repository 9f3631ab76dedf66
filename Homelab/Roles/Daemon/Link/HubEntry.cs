namespace Homelab.Roles.Daemon.Link;

/// <summary>What is kept of one hub.</summary>
internal sealed record HubEntry
{
    /// <summary>For whom the credential was made; another identity cannot use it.</summary>
    public string NodeId { get; init; } = "";

    /// <summary>What this machine shows to the hub; empty until it joined.</summary>
    public string Credential { get; init; } = "";

    /// <summary>What the hub calls this machine.</summary>
    public string Name { get; init; } = "";

    /// <summary>The highest epoch of the hub that was seen.</summary>
    public long Epoch { get; init; }

    /// <summary>Checksum of the join token that was spent for the credential: the same one is not sent again.</summary>
    public string SpentToken { get; init; } = "";
}
