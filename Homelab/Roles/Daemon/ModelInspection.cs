using Homelab.Domain.Models;

namespace Homelab.Roles.Daemon;

/// <summary>Sees to it that a model's metadata is known. It is read when a model is first asked for; reading it loads nothing.</summary>
internal static class ModelInspection
{
    /// <summary>Returns once the snapshot has it, could not be had, or is another model's by now.</summary>
    /// <param name="loop">Of the node.</param>
    /// <param name="model">Which.</param>
    /// <param name="inspect">Asks the engine and tells the loop.</param>
    /// <param name="cancellation">The caller's.</param>
    public static async Task UntilKnownAsync(ResidencyLoop loop, ModelName model, Func<ModelName, Task> inspect, CancellationToken cancellation)
    {
        if (loop.Snapshot.Models.GetValueOrDefault(model) is not { Facts: null, InspectionFailed: false, Installed: { App: null } installed })
        {
            return;
        }

        await inspect(model).ConfigureAwait(false);
        await SnapshotWait.UntilAsync(
            loop,
            s => s.Models.GetValueOrDefault(model) is null or { Facts: not null } or { InspectionFailed: true } || s.Models[model].Installed?.Digest != installed.Digest,
            cancellation).ConfigureAwait(false);
    }
}
