using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon;

/// <summary>Waits for the scheduler's snapshot to look a certain way.</summary>
internal static class SnapshotWait
{
    /// <summary>The first snapshot, from the present one on, for which <paramref name="condition"/> holds.</summary>
    public static async Task<ResidencySnapshot> UntilAsync(ResidencyLoop loop, Func<ResidencySnapshot, bool> condition, CancellationToken cancellation)
    {
        var reached = new TaskCompletionSource<ResidencySnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(ResidencySnapshot before, ResidencySnapshot after)
        {
            if (condition(after))
            {
                reached.TrySetResult(after);
            }
        }

        loop.Changed += Look;
        try
        {
            // Looked at after subscribing: a change in between is seen by one of the two.
            var now = loop.Snapshot;
            return condition(now) ? now : await reached.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            loop.Changed -= Look;
        }
    }
}
