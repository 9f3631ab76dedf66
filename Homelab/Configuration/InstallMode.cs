namespace Homelab.Configuration;

/// <summary>What to do where the engine is not installed.</summary>
internal enum InstallMode
{
    /// <summary>Ask on a terminal; elsewhere print the command.</summary>
    Ask,

    /// <summary>Download it.</summary>
    Auto,

    /// <summary>Leave it.</summary>
    Never,
}
