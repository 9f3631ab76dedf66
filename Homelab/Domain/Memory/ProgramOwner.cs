namespace Homelab.Domain.Memory;

/// <summary>Whose a process is that holds memory of a device.</summary>
internal enum ProgramOwner
{
    /// <summary>It ended meanwhile, or processes cannot be told apart here.</summary>
    Unknown,

    /// <summary>An engine that runs models, or what such an engine started.</summary>
    Engine,

    /// <summary>This program, or what it started.</summary>
    Homelab,

    /// <summary>Somebody else's: a game, a desktop, a render.</summary>
    Other,
}
