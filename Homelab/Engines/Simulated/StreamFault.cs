namespace Homelab.Engines.Simulated;

/// <summary>What befalls a generation before its next token.</summary>
internal enum StreamFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The process that runs the model dies; the server lives and says what it says then.</summary>
    RunnerDies,

    /// <summary>The connection is cut in mid-air.</summary>
    ConnectionCut,
}
