namespace Homelab.Engines.Ollama;

/// <summary>Tells whether somebody else used a loaded model between two readings of <c>/api/ps</c>. Ollama sets <c>expires_at</c> anew each time that the
/// last request on a model ends, and at no other time; so a moved value that we did not move ourselves is somebody else's use.</summary>
internal static class ForeignUseDetector
{
    /// <summary>Two readings are compared with each other, never with a clock of ours: a jump of either clock moves nothing that Ollama has stored.</summary>
    /// <param name="previous">The value read first; null where the model was not listed then.</param>
    /// <param name="current">The value read last.</param>
    /// <param name="usedByUs">Whether a request or a touch of ours was under way or ended since a little before the first reading: Ollama may show the former
    /// value for a moment after a use, so the caller lets a use of ours count for the reading after it too.</param>
    public static bool UsedByOthers(DateTimeOffset? previous, DateTimeOffset current, bool usedByUs)
    {
        // An unset value (year 1, or the epoch) is listed while a model has not served anything yet.
        if (previous is not { } before || usedByUs || before.Year < 2000 || current.Year < 2000)
        {
            return false;
        }

        return before != current;
    }
}
