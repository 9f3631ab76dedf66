using Homelab.Domain.Models;

namespace Homelab.Roles.Daemon;

/// <summary>The words of the control API for a model's state.</summary>
internal static class StateNames
{
    public static string Of(ModelState state) => state switch
    {
        ModelState.Absent => "absent",
        ModelState.Pulling => "pulling",
        ModelState.OnDisk => "on_disk",
        ModelState.Loading => "loading",
        ModelState.Hot or ModelState.Leased => "hot",
        ModelState.Unloading => "unloading",
        _ => "failed",
    };
}
