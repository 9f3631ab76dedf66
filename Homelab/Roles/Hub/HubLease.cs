using Homelab.Gateway;

namespace Homelab.Roles.Hub;

/// <summary>A request's place at a replica of the cluster. The node's own lease is taken by its daemon when the request arrives there.</summary>
internal sealed class HubLease(Dispatch dispatch, string upstreamModel, string model, string tier, TimeSpan waited, TimeSpan loading, CancellationToken lost) : ILease
{
    public Dispatch Dispatch => dispatch;

    public Upstream Upstream => dispatch.Upstream;

    public string UpstreamModel => upstreamModel;

    public string Model => model;

    public string Tier => tier;

    public TimeSpan Waited => waited;

    public TimeSpan Loading => loading;

    public CancellationToken Lost => lost;

    public void Dispose() => dispatch.Dispose();
}
