using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>A request's hold on one of this machine's replicas.</summary>
internal sealed class ReplicaLease(LocalModel target, Upstream upstream, string upstreamModel, string tier, TimeSpan waited, TimeSpan loading, ResidencyLoop loop) : ILease
{
    private int _returned;

    /// <summary>What it holds.</summary>
    public LocalModel Target => target;

    public Upstream Upstream => upstream;

    public string UpstreamModel => upstreamModel;

    public string Model => target.Name.Value;

    public string Tier => tier;

    public TimeSpan Waited => waited;

    public TimeSpan Loading => loading;

    public void Dispose()
    {
        // An open gate asks for no word, but somebody may wait for the room of this very replica.
        if (Interlocked.Exchange(ref _returned, 1) == 0 && (target.Gate.Release() || loop.SomebodyWaits))
        {
            loop.LeaseReturned(target.Name);
        }
    }
}
