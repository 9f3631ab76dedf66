using Homelab.Domain.Cluster;
using Homelab.Domain.Nodes;

namespace Homelab.Roles.Hub;

/// <summary>One heartbeat's HTTP request while it is answered.</summary>
/// <param name="id">Unique in the hub's life.</param>
/// <param name="report">What it said.</param>
/// <param name="accessKey">The key that it brought.</param>
internal sealed class BeatTicket(long id, HeartbeatReport report, string accessKey)
{
    private readonly TaskCompletionSource<BeatVerdict> _verdict = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Id => id;

    public HeartbeatReport Report => report;

    public string AccessKey => accessKey;

    /// <summary>What the cluster's loop made of it.</summary>
    public Task<BeatVerdict> Verdict => _verdict.Task;

    /// <summary>Done when there is something to say.</summary>
    public Task Released => _released.Task;

    public void Judge(BeatVerdict verdict) => _verdict.TrySetResult(verdict);

    public void Release() => _released.TrySetResult();
}
