using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>One request (or operator) that the residency loop will answer.</summary>
/// <param name="waiter">As the scheduler knows it.</param>
/// <param name="progress">Where it is told how far it is; null where nobody looks.</param>
internal sealed class PendingWaiter(Waiter waiter, RouteProgress? progress)
{
    private readonly TaskCompletionSource<Refusal?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Waiter Waiter => waiter;

    public ModelName Model => waiter.Model;

    public RouteProgress? Progress => progress;

    /// <summary>Null once granted (the lease is then counted for it), else why not. Cancelled when the waiter leaves.</summary>
    public Task<Refusal?> Answer => _answer.Task;

    /// <summary>How much of the wait was loading; written by the loop before the answer.</summary>
    public TimeSpan Loading { get; set; }

    /// <summary>False where the waiter has left: the grant must be taken back.</summary>
    public bool TryGrant() => _answer.TrySetResult(null);

    public bool TryRefuse(Refusal refusal) => _answer.TrySetResult(refusal);

    /// <summary>False where it was answered in the meantime: the answer must be dealt with.</summary>
    public bool TryLeave(CancellationToken cancellation) => _answer.TrySetCanceled(cancellation);
}
