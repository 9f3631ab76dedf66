using Homelab.Domain.Residency;

namespace Homelab.Gateway;

/// <summary>A router's answer to an <see cref="EngineDemand"/>: where to send it, or a refusal. Neither: the engine does not answer.</summary>
/// <param name="Upstream">Where to send the request.</param>
/// <param name="Model">The name that the upstream knows the model by.</param>
/// <param name="Refusal">Why not.</param>
internal readonly record struct EngineOutcome(Upstream? Upstream, string? Model, Refusal? Refusal)
{
    public static EngineOutcome Of(Upstream? upstream, string? model) => new(upstream, model, null);

    public static EngineOutcome Of(Refusal refusal) => new(null, null, refusal);
}
