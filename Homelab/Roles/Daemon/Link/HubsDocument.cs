namespace Homelab.Roles.Daemon.Link;

/// <summary><c>state/hubs.json</c>: the hubs that this machine joined, by address. The user's alone to read: it holds the credentials.</summary>
internal sealed class HubsDocument
{
    /// <summary>Raised when the meaning of a field changes; a document of another version is ignored.</summary>
    public const int CurrentVersion = 1;

    public int Version { get; set; } = CurrentVersion;

    public Dictionary<string, HubEntry> Hubs { get; set; } = [];
}
