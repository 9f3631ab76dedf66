namespace Homelab.Persistence;

/// <summary>What went wrong with a document.</summary>
internal enum StateFaultKind
{
    /// <summary>The newest content was damaged or missing; the one before is used.</summary>
    Recovered,

    /// <summary>No content can be used; the default is.</summary>
    Lost,

    /// <summary>The disk refused it; it is kept in memory.</summary>
    NotSaved,
}
