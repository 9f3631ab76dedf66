using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon;

/// <summary>What can be refused before anything is queued, in the scheduler's own words.</summary>
internal static class ResidencyRefusals
{
    /// <summary>The refusal that a decision means whatever happens next; null where the request may be served.</summary>
    public static Refusal? Of(ResidencyDecision decision, ModelName model, string node, TimeSpan now) => decision switch
    {
        ResidencyDecision.NotInstalled => Refusals.NotInstalled(node, model, pulling: false),
        ResidencyDecision.TooLarge large => Refusals.TooLarge(node, model, large),
        ResidencyDecision.BackingOff failed => Refusals.BackingOff(node, model, failed.Failure, now),
        _ => null,
    };

    /// <summary>For a name as a client wrote it, which may be none at all.</summary>
    public static Refusal NotFound(string model, string node) => ModelName.TryParse(model, out var name)
        ? Refusals.NotInstalled(node, name, pulling: false)
        : new Refusal(RefusalReason.ModelNotFound, "the model's name is not one that can exist");
}
