namespace Homelab.Configuration;

/// <summary>Who runs the engine.</summary>
internal enum ManageMode
{
    /// <summary>A running one is used; where there is none, the daemon starts and supervises it.</summary>
    Auto,

    /// <summary>The daemon only ever uses one that runs.</summary>
    Never,

    /// <summary>The engine is switched off.</summary>
    Off,
}
