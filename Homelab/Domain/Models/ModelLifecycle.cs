using System.Collections.Frozen;

namespace Homelab.Domain.Models;

/// <summary>Every legal move of a model on one node, in one table. Anything else is a bug.</summary>
internal static class ModelLifecycle
{
    /// <summary>From a state and a trigger to the next state.</summary>
    public static FrozenDictionary<(ModelState From, ModelTrigger Trigger), ModelState> Transitions { get; } =
        new Dictionary<(ModelState, ModelTrigger), ModelState>().ToFrozenDictionary();
}
