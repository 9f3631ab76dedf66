using Homelab.Domain.Models;
using Homelab.Domain.Placement;
using Homelab.Gateway;

namespace Homelab.Roles.Hub;

/// <summary>One request that the cluster's loop will answer.</summary>
/// <param name="id">As the loop knows it.</param>
/// <param name="model">What it asks for.</param>
/// <param name="progress">Where it is told how far it is.</param>
internal sealed class PlacementWaiter(long id, ModelName model, RouteProgress progress)
{
    private readonly TaskCompletionSource<(PlacementDecision Decision, Dispatch? Dispatch)> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Id => id;

    public ModelName Model => model;

    public RouteProgress Progress => progress;

    /// <summary>The decision, with the dispatch that was counted for it where it is one to go somewhere. Cancelled when the waiter leaves.</summary>
    public Task<(PlacementDecision Decision, Dispatch? Dispatch)> Answer => _answer.Task;

    /// <summary>False where the waiter has left: what was counted for it must be returned.</summary>
    public bool TryAnswer(PlacementDecision decision, Dispatch? dispatch) => _answer.TrySetResult((decision, dispatch));

    /// <summary>False where it was answered in the meantime: the answer must be dealt with.</summary>
    public bool TryLeave(CancellationToken cancellation) => _answer.TrySetCanceled(cancellation);
}
