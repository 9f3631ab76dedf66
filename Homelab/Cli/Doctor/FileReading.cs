namespace Homelab.Cli.Doctor;

/// <summary>A file or folder as it lies there.</summary>
/// <param name="Path">Where.</param>
/// <param name="Mode">Its permissions; null where it does not exist or the system has none.</param>
/// <param name="ChangedAt">When it was last written; null where it does not exist.</param>
internal sealed record FileReading(string Path, UnixFileMode? Mode, DateTimeOffset? ChangedAt)
{
    public bool Exists => ChangedAt is not null;
}
