namespace Homelab.Roles.Daemon.Link;

/// <summary><c>state/rates.json</c>: how fast each model was found to answer on this machine.</summary>
internal sealed class RatesDocument
{
    /// <summary>Raised when the meaning of a field changes; a document of another version is ignored.</summary>
    public const int CurrentVersion = 1;

    public int Version { get; set; } = CurrentVersion;

    /// <summary>By canonical name.</summary>
    public Dictionary<string, ModelRates> Models { get; set; } = [];
}
