using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon.Link;

/// <summary>Notices what a hub should hear of at once because it places by it: a model's state, what is installed, a failure, the engine, a drain, and memory
/// that others took or gave back. Requests that come and go are told with the next heartbeat. Called on the residency loop only.</summary>
internal sealed class ChangeWatch(Action changed)
{
    /// <summary>Of a device's total: less is told with the next heartbeat.</summary>
    private const double DeviceShare = 0.05;

    private ResidencySnapshot? _told;

    public void Look(ResidencySnapshot before, ResidencySnapshot after)
    {
        _told ??= before;
        if (before.EngineUp != after.EngineUp || before.Draining != after.Draining || ModelsDiffer(before, after) || DevicesDiffer(_told, after))
        {
            _told = after;
            changed();
        }
    }

    private static bool ModelsDiffer(ResidencySnapshot before, ResidencySnapshot after)
    {
        if (ReferenceEquals(before.Models, after.Models))
        {
            return false;
        }

        if (before.Models.Count != after.Models.Count)
        {
            return true;
        }

        foreach (var (name, now) in after.Models)
        {
            if (!before.Models.TryGetValue(name, out var then) || (!ReferenceEquals(then, now) && Differ(then, now)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Differ(ModelRecord then, ModelRecord now) =>
        StateOf(then) != StateOf(now) || then.Failure != now.Failure || then.Installed?.Digest != now.Installed?.Digest
        || (then.Replica?.Leaving is null) != (now.Replica?.Leaving is null);

    /// <summary>Leases alone are no change.</summary>
    private static ModelState StateOf(ModelRecord record) => record.State == ModelState.Leased ? ModelState.Hot : record.State;

    private static bool DevicesDiffer(ResidencySnapshot told, ResidencySnapshot after)
    {
        if (ReferenceEquals(told.Devices, after.Devices))
        {
            return false;
        }

        if (told.Devices.Count != after.Devices.Count)
        {
            return true;
        }

        foreach (var (name, now) in after.Devices)
        {
            if (!told.Devices.TryGetValue(name, out var then) || then.Total != now.Total
                || Math.Abs(then.UsedByOthers.Bytes - now.UsedByOthers.Bytes) > now.Total.Bytes * DeviceShare)
            {
                return true;
            }
        }

        return false;
    }
}
