using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon.Link;

/// <summary>Reads the metadata of every installed model, one at a time and beside everything else, so that a hub places by an estimate and not by the size of a
/// file. Loads nothing.</summary>
/// <param name="loop">Which models there are.</param>
/// <param name="inspect">Reads one and tells the loop.</param>
internal sealed class ModelInspections(ResidencyLoop loop, Func<ModelName, Task> inspect)
{
    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            var snapshot = await SnapshotWait.UntilAsync(loop, static s => Next(s) is not null, stopping).ConfigureAwait(false);
            if (Next(snapshot) is not { } record)
            {
                continue;
            }

            var (name, digest) = (record.Name, record.Installed!.Digest);
            if (!record.Inspecting)
            {
                await inspect(name).ConfigureAwait(false);
            }

            await SnapshotWait.UntilAsync(loop, s => !s.EngineUp || s.Models.GetValueOrDefault(name) is not { } now || !IsUnread(now) || now.Installed?.Digest != digest, stopping).ConfigureAwait(false);
        }
    }

    private static ModelRecord? Next(ResidencySnapshot snapshot)
    {
        if (!snapshot.EngineUp)
        {
            return null;
        }

        foreach (var record in snapshot.Models.Values)
        {
            if (IsUnread(record))
            {
                return record;
            }
        }

        return null;
    }

    private static bool IsUnread(ModelRecord record) => record is { Installed.App: null, Installed: not null, Facts: null, InspectionFailed: false };
}
