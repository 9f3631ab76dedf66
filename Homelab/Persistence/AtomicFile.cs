namespace Homelab.Persistence;

/// <summary>Reads and replaces whole files so that a crash leaves either the old content or the new.</summary>
internal static class AtomicFile;
