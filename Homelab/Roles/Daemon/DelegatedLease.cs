using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>A request's way through the hub. Nothing of this machine is held by it, but a shutdown waits for it as for any other.</summary>
/// <param name="delegation">Goes to the hub.</param>
/// <param name="waited">Before it was decided.</param>
/// <param name="returned">Called once.</param>
/// <param name="lost">Ends when the hub is given up.</param>
internal sealed class DelegatedLease(Delegation delegation, TimeSpan waited, Action returned, CancellationToken lost) : ILease
{
    private int _returned;

    public Upstream Upstream => delegation.Upstream!;

    public string UpstreamModel => delegation.Name;

    public string Model => delegation.Canonical;

    public string Tier => "hub";

    public TimeSpan Waited => waited;

    public TimeSpan Loading => TimeSpan.Zero;

    public CancellationToken Lost => lost;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
        {
            returned();
        }
    }
}
