using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon;

/// <summary>The words for what can be refused before anything is queued.</summary>
internal static class ResidencyRefusals
{
    /// <summary>The refusal that a decision means whatever happens next; null where the request may be served.</summary>
    public static Refusal? Of(ResidencyDecision decision, string model, string node) => decision switch
    {
        ResidencyDecision.NotInstalled => NotFound(model, node),
        ResidencyDecision.TooLarge large => new Refusal(
            RefusalReason.ModelTooLarge,
            $"model '{model}' needs {large.Estimate.Total} and the largest budget on {node} is {large.LargestBudget}; use a smaller model, a smaller context, or allow cpu_offload"),
        ResidencyDecision.BackingOff failed => new Refusal(RefusalReason.LoadFailed, $"model '{model}' could not be loaded on {node}: {failed.Failure.Reason}", TimeSpan.FromSeconds(10)),
        _ => null,
    };

    public static Refusal NotFound(string model, string node) => new(
        RefusalReason.ModelNotFound,
        ModelName.TryParse(model, out var name)
            ? $"model '{name}' is not installed on {node}; run: homelab models pull {name}"
            : "the model's name is not one that can exist");

    public static Refusal EngineDown(ResidencySnapshot snapshot, string node) => new(
        RefusalReason.EngineDown,
        $"the engine on {node} does not answer: {snapshot.EngineProblem ?? "unknown"}; run: homelab doctor",
        TimeSpan.FromSeconds(5));
}
